import { checkListed, feature, keysListed, quoted } from './common.ts';
import { oomScore, isolation, sysctls } from './host-config.ts';
import { checkImage } from './images.ts';
import { environment } from './device-environment.ts';
import { each, fields, free, never, report, type At, type Check } from './inspection.ts';
import { serviceLogDriver } from './logs.ts';
import { mounts } from './mounts.ts';
import { checkFoundNetwork, extraHosts } from './networks.ts';
import { EPHEMERAL } from './port-range.ts';
import { checkPorts } from './ports.ts';
import { ulimit } from './resources.ts';
import { privileges } from './service-privileges.ts';
import { capabilitiesToAdd, checkDrops, checkSecurityOptions } from './security.ts';
import { inConstraints } from './common.ts';
import { normalSize } from './sizes.ts';
import { checkGroup, checkUser } from './users.ts';
import type { ContainerSpecView, ServiceView, TaskView } from './views.ts';

/** The swarm has other networks than this node, so even `bridge` is looked up. */
const network: Check<{ readonly Target?: string }> = ({ Target = '' }, at) => {
  checkFoundNetwork(Target, at);
};

const networks: Check<NonNullable<TaskView['Networks']>> = each(
  (attachment: NonNullable<TaskView['Networks']>[number], at: At) => {
    network(attachment, at);
    fields<typeof attachment>({
      Target: free,
      Aliases: feature('aliases'),
      DriverOpts: feature('endpoint-options'),
    })(attachment, at);
  },
);

type SecretView = NonNullable<NonNullable<ContainerSpecView['Secrets']>[number]>;
type ConfigView = NonNullable<NonNullable<ContainerSpecView['Configs']>[number]>;

/** The daemon takes a secret only by an id and the name that belongs to it. */
const secretName: Check<string> = (name, at) => {
  checkListed('secrets', name, at);
};

const secret = fields<SecretView>({ File: free, SecretID: free, SecretName: secretName });
const config = fields<ConfigView>({
  File: free,
  Runtime: never,
  ConfigID: free,
  ConfigName: secretName,
});

const containerSpec = fields<ContainerSpecView>({
  Image: (image, at) => {
    checkImage(image, at);
  },
  Labels: keysListed('labels'),
  Command: free,
  Args: free,
  Hostname: free,
  Env: environment,
  Dir: free,
  User: free,
  Groups: each((group: string, at) => {
    checkGroup(group, at);
  }),
  Privileges: privileges,
  Init: free,
  StopSignal: free,
  TTY: free,
  OpenStdin: free,
  ReadOnly: free,
  Mounts: mounts,
  StopGracePeriod: free,
  Healthcheck: free,
  Hosts: extraHosts,
  DNSConfig: feature('dns'),
  Secrets: each((item: SecretView, at) => {
    secret({ SecretName: '', ...item }, at);
  }),
  Configs: each((item: ConfigView, at) => {
    config({ ConfigName: '', ...item }, at);
  }),
  Isolation: isolation,
  Sysctls: sysctls,
  CapabilityAdd: capabilitiesToAdd,
  CapabilityDrop: free,
  Ulimits: each(ulimit),
  OomScoreAdj: oomScore,
});

const resources = fields<NonNullable<TaskView['Resources']>>({
  Limits: free,
  Reservations: free,
  SwapBytes: free,
  MemorySwappiness: free,
});

const taskTemplate = fields<TaskView>({
  ContainerSpec: containerSpec,
  PluginSpec: never,
  NetworkAttachmentSpec: never,
  Resources: resources,
  RestartPolicy: free,
  Placement: feature('placement'),
  Networks: networks,
  LogDriver: serviceLogDriver,
  ForceUpdate: free,
  Runtime: (runtime, at) => {
    if (runtime !== 'container') never(runtime, at);
  },
});

type PortView = NonNullable<NonNullable<ServiceView['EndpointSpec']>['Ports']>[number];

/** Where the swarm takes a port from that is not named (moby swarmkit portallocator). */
const INGRESS = { first: 30_000, last: 32_767 };

const servicePort: Check<PortView> = (port, at) => {
  const { PublishedPort = 0, PublishMode = '' } = port;
  // On the node itself the kernel gives the port, as to a container.
  const any = PublishMode === 'host' ? EPHEMERAL : INGRESS;
  const range = PublishedPort === 0 ? any : { first: PublishedPort, last: PublishedPort };
  checkPorts({ address: undefined, ...range }, at);
};

const serviceFields = fields<ServiceView>({
  Name: free,
  Labels: keysListed('labels'),
  TaskTemplate: taskTemplate,
  Mode: fields<NonNullable<ServiceView['Mode']>>({
    Replicated: free,
    Global: (_, at) => {
      checkGlobal(at);
    },
    ReplicatedJob: free,
    GlobalJob: (_, at) => {
      checkGlobal(at);
    },
  }),
  UpdateConfig: free,
  RollbackConfig: free,
  Networks: networks,
  EndpointSpec: fields<NonNullable<ServiceView['EndpointSpec']>>({
    Mode: free,
    Ports: each(servicePort),
  }),
});

/** On every node, managers among them. */
function checkGlobal(at: At): void {
  if (at.on.constraints.hasFeature('placement')) return;
  report(at, 'it may not be set', inConstraints('features', 'placement'));
}

/**
 * What a service asks for, as far as it is what a container asks for. On which node it runs, and so
 * of which host the paths are, is not known here: paths are judged as those of this host.
 */
export const serviceSpec: Check<ServiceView> = (view, at) => {
  serviceFields(view, at);
  const task = view.TaskTemplate ?? {};
  const spec = task.ContainerSpec ?? {};
  const place = (path: string): At => ({ path: `TaskTemplate.${path}`, on: at.on });
  checkUser(spec.User ?? '', place('ContainerSpec.User'));
  checkDrops(spec.CapabilityDrop ?? [], place('ContainerSpec.CapabilityDrop'));
  if (spec.Privileges === undefined) checkSecurityOptions([], place('ContainerSpec.Privileges'));
  checkTaskLimits(task.Resources?.Limits ?? {}, place('Resources.Limits'));
};

function checkTaskLimits(
  { NanoCPUs = 0, MemoryBytes = 0, Pids = 0 }: Readonly<Record<string, number>>,
  at: At,
): void {
  const { memory, cpus, pids } = at.on.constraints;
  const isOver = (asked: number, most: number | undefined): boolean =>
    most !== undefined && (asked <= 0 || asked > most);
  if (isOver(MemoryBytes, memory)) {
    report(at, 'the limit of memory', `"MemoryBytes" up to ${normalSize(Number(memory))}`);
  }
  if (isOver(NanoCPUs / 1e9, cpus))
    report(at, 'the limit of CPUs', `up to ${quoted(String(cpus))}`);
  if (isOver(Pids, pids)) report(at, 'the limit of processes', `up to ${quoted(String(pids))}`);
}

/** Secrets and configs themselves: their drivers are plugins. */
export const secretSpec = fields<{
  readonly Name?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Data?: string;
  readonly Driver?: object;
  readonly Templating?: object;
}>({
  Name: secretName,
  Labels: keysListed('labels'),
  Data: free,
  Driver: never,
  Templating: never,
});
