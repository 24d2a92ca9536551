import type { BodyView } from '../../docker-api/body/bodies.ts';

/** Parts of bodies that have checks of their own. */

export type CreateView = BodyView<'container.create'>;
export type UpdateView = BodyView<'container.update'>;
export type HostConfigView = NonNullable<CreateView['HostConfig']>;
export type MountView = NonNullable<HostConfigView['Mounts']>[number];
export type EndpointView = NonNullable<
  NonNullable<NonNullable<CreateView['NetworkingConfig']>['EndpointsConfig']>[string]
>;
export type ServiceView = BodyView<'service.create'>;
export type TaskView = NonNullable<ServiceView['TaskTemplate']>;
export type ContainerSpecView = NonNullable<TaskView['ContainerSpec']>;
export type ResourceView = Omit<UpdateView, 'RestartPolicy'>;
