import type { BodyView } from '../../docker-api/body/bodies.ts';
import { feature, keysListed, quoted } from './common.ts';
import { checkImageEnvironment, environment } from './device-environment.ts';
import { hostConfig, privileged, restartPolicy } from './host-config.ts';
import { checkImage } from './images.ts';
import { cleanPath, isWithin } from './host-path.ts';
import { fields, free, report, type At, type Check, type FieldChecks } from './inspection.ts';
import { endpoints } from './networks.ts';
import { checkChangedLimits, checkLimits, RESOURCE_CHECKS } from './resources.ts';
import { checkDrops, checkSecurityOptions } from './security.ts';
import { checkDefaultUser, checkUser } from './users.ts';
import type { CreateView, UpdateView } from './views.ts';

/** What leaks of the runtime's own file descriptors (CVE-2024-21626) is under /proc. */
const workingDirectory: Check<string> = (text, at) => {
  const clean = cleanPath(`/${text}`);
  if (clean === undefined || isWithin('/proc', clean)) {
    report(at, `the working directory ${quoted(text)} is not allowed`, 'one outside /proc');
  }
};

/** Who is named; nobody is whoever it was already. */
const namedUser: Check<string> = (text, at) => {
  if (text !== '') checkUser(text, at);
};

type ConfigView = BodyView<'image.commit'>;

const CONFIG: FieldChecks<ConfigView> = {
  Hostname: free,
  Domainname: free,
  User: namedUser,
  AttachStdin: free,
  AttachStdout: free,
  AttachStderr: free,
  ExposedPorts: free,
  Tty: free,
  OpenStdin: free,
  StdinOnce: free,
  Env: environment,
  Cmd: free,
  Healthcheck: free,
  ArgsEscaped: free,
  Image: free,
  Volumes: free,
  WorkingDir: workingDirectory,
  Entrypoint: free,
  NetworkDisabled: free,
  OnBuild: free,
  Labels: keysListed('labels'),
  StopSignal: free,
  StopTimeout: free,
  Shell: free,
  MacAddress: feature('addresses'),
};

export const imageCommit = fields<ConfigView>(CONFIG);

const createFields = fields<CreateView>({
  ...CONFIG,
  // Absent, it is the image's; both are looked at below.
  User: free,
  HostConfig: hostConfig,
  NetworkingConfig: fields<NonNullable<CreateView['NetworkingConfig']>>({
    EndpointsConfig: endpoints,
  }),
});

/** A new container: each field by itself, and what may not be missing. */
export const containerCreate: Check<CreateView> = (view, at) => {
  createFields(view, at);
  const { Image = '', User = '', Env = [], HostConfig = {} } = view;
  const image = at.on.factsOf({ kind: 'image', ref: Image });
  const place = (path: string): At => ({ path, on: at.on });
  checkImage(Image, place('Image'));
  checkImageEnvironment(image, Env, place('Image'));
  if (User === '') {
    checkDefaultUser(image, place('User'));
  } else {
    checkUser(User, place('User'));
  }
  checkLimits(HostConfig, place('HostConfig'));
  checkDrops(HostConfig.CapDrop ?? [], place('HostConfig.CapDrop'));
  checkSecurityOptions(HostConfig.SecurityOpt ?? [], place('HostConfig.SecurityOpt'));
};

const updateFields = fields<UpdateView>({ ...RESOURCE_CHECKS, RestartPolicy: restartPolicy });

export const containerUpdate: Check<UpdateView> = (view, at) => {
  updateFields(view, at);
  checkChangedLimits(view, at);
};

/** No daemon of today takes a body here. */
export const containerStart = fields<object>({});

const execFields = fields<BodyView<'exec.create'>>({
  User: namedUser,
  Privileged: privileged,
  Tty: free,
  ConsoleSize: free,
  AttachStdin: free,
  AttachStderr: free,
  AttachStdout: free,
  Detach: free,
  DetachKeys: free,
  Env: environment,
  WorkingDir: workingDirectory,
  Cmd: free,
  Container: free,
});

/** Without a user it is the container's, which was judged when that was made. */
export const execCreate: Check<BodyView<'exec.create'>> = execFields;

export const execStart = fields<BodyView<'exec.start'>>({
  Detach: free,
  Tty: free,
  ConsoleSize: free,
});
