import { generatedName } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity } from '../service.ts';
import { SesService } from './ses-service.ts';

const MAX_NAME_LENGTH = 64;

const nameOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** Amazon SES, API v2: what is sent lies in the inbox, and the addresses of AWS's mailbox simulator bounce and complain. */
export const ses: LocalServiceType = {
  signingName: 'ses',
  resourceTypes: ['AWS::SES::ConfigurationSet', 'AWS::SES::ConfigurationSetEventDestination', 'AWS::SES::EmailIdentity'],
  identify: (resource): ResourceIdentity => {
    const { Name, EmailIdentity, EventDestination } = resource.properties;
    const generated = generatedName(resource, MAX_NAME_LENGTH);
    if (resource.type === 'AWS::SES::EmailIdentity') return { ref: String(EmailIdentity), attributes: {} };
    if (resource.type === 'AWS::SES::ConfigurationSet') return { ref: nameOf(Name, generated), attributes: {} };
    const own = Object(EventDestination)['Name'];
    return { ref: nameOf(own, generated), attributes: { Id: nameOf(own, generated) } };
  },
  start: async (resources, context) => new SesService(resources, context),
};
