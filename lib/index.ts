export { type AccessRule, type Allow, allowField, allowRecord, type FieldAccessRule } from '../contracts/access.ts';
export type { AnalyticsOptions, ForwardOptions } from '../contracts/analytics-options.ts';
export type { AuthOptions } from '../contracts/auth.ts';
export {
  type BackendDefinition,
  type DataOptions,
  defineBackend,
  type FilesOptions,
  type Folders,
  type FoldersOf,
  type Models,
  type ModelsOf,
} from '../contracts/backend.ts';
export type { EmailOptions, EmailTemplate } from '../contracts/email-options.ts';
export {
  type BodyTemplate,
  type DestinationAuthorization,
  type DestinationOptions,
  type EventDestinations,
  type EventPath,
  type EventPlace,
  from,
} from '../contracts/event-destinations.ts';
export type { BackendEvent, EventsOptions, FeatureEvents, OutboxItem, RecordChange, UserChange } from '../contracts/events.ts';
export { type Folder, type FolderOptions, folder, type Variant } from '../contracts/folder.ts';
export {
  before,
  type CallAccess,
  call,
  created,
  deleted,
  event,
  type FunctionAccess,
  type FunctionDefinition,
  fn,
  http,
  queue,
  schedule,
  type Trigger,
  updated,
  uploaded,
  use,
  user,
} from '../contracts/functions.ts';
export type { InboundProvider, InboundProviders, SignatureOptions, ValueSource } from '../contracts/inbound.ts';
export type { IntegrationsOptions } from '../contracts/integrations.ts';
export { belongsTo, hasMany, type Model, type ModelDefinition, manyToMany, model } from '../contracts/model.ts';
export type { Catalog, FixedProduct, PaymentsOptions } from '../contracts/payments-options.ts';
export type { PushOptions, PushTemplate, TopicOptions } from '../contracts/push-options.ts';
export type { WebhooksOptions } from '../contracts/webhooks-options.ts';
export { Analytics, type AnalyticsProps } from './analytics/analytics.ts';
export { Api, type ApiProps, type Throttle } from './api/api.ts';
export type { Grant } from './api/create-role.ts';
export { FeatureFunction, type FeatureFunctionProps, type FunctionOptions } from './api/feature-function.ts';
export { Auth, type AuthProps } from './auth/auth.ts';
export type { AuthSource } from './auth-source.ts';
export { Backend, type BackendProps } from './backend.ts';
export { Data, type DataProps } from './data/data.ts';
export { Email, type EmailParts, type EmailProps } from './email/email.ts';
export type { EventDestination } from './events/create-destination.ts';
export { ga4 } from './events/destinations/ga4.ts';
export { posthog } from './events/destinations/posthog.ts';
export { segment } from './events/destinations/segment.ts';
export type { EventSelection } from './events/event-pattern.ts';
export { Events, type EventsProps, type FunctionParts, type Listener } from './events/events.ts';
export type { Subscription } from './events/subscribe.ts';
export type { TableSource } from './events/table-sources.ts';
export type { CdnOptions } from './files/create-distribution.ts';
export { Files, type FilesProps, type RecordSource } from './files/files.ts';
export type { FoldersSource, FunctionEvents, RecordsSource, SenderSource } from './functions/function-sources.ts';
export { type DeployedFunction, Functions, type FunctionsProps } from './functions/functions.ts';
export { Inbound, type InboundProps } from './inbound/inbound.ts';
export { Payments, type PaymentsListener, type PaymentsProps, type ProductSource } from './payments/payments.ts';
export { Push, type PushProps } from './push/push.ts';
export { checkStage, type Stage } from './stage.ts';
export { Webhooks, type WebhooksProps } from './webhooks/webhooks.ts';
