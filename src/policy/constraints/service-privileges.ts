import { fields, free, never, type Check } from './inspection.ts';
import { checkSecurityOptions } from './security.ts';
import type { ContainerSpecView } from './views.ts';

type Privileges = NonNullable<ContainerSpecView['Privileges']>;

/** The same powers as SecurityOpt, in other words; each is judged as that. */
export const privileges: Check<Privileges> = (view, at) => {
  privilegeFields(view, at);
  checkSecurityOptions(securityOptionsOf(view), at);
};

const privilegeFields = fields<Privileges>({
  CredentialSpec: never,
  SELinuxContext: free,
  Seccomp: free,
  AppArmor: free,
  NoNewPrivileges: free,
});

function securityOptionsOf({ SELinuxContext, Seccomp, AppArmor, NoNewPrivileges }: Privileges) {
  const options: string[] = [];
  for (const [name, value] of Object.entries(SELinuxContext ?? {})) {
    if (value === true) options.push('label=disable');
    else if (typeof value === 'string' && value !== '') {
      options.push(`label=${name.toLowerCase()}:${value}`);
    }
  }
  const seccomp = Seccomp?.Mode ?? '';
  if (!['', 'default'].includes(seccomp)) options.push(`seccomp=${seccomp}`);
  if ((Seccomp?.Profile ?? '') !== '') options.push('seccomp=custom');
  const appArmor = AppArmor?.Mode ?? '';
  if (!['', 'default'].includes(appArmor)) options.push('apparmor=unconfined');
  if (NoNewPrivileges === true) options.push('no-new-privileges');
  return options;
}
