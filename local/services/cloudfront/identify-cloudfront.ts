import { stableId } from '../../template/stable-id.ts';
import { serverUrl } from '../server-url.ts';
import type { LocalAccount, LocalAddresses, ResourceIdentity, TemplateResource } from '../service.ts';

const ID_LENGTH = 13;

/** CloudFront's resources belong to no region. */
export const distributionArn = (id: string, { partition, accountId }: LocalAccount): string =>
  `arn:${partition}:cloudfront::${accountId}:distribution/${id}`;

/** What `Ref` and `Fn::GetAtt` give for the CloudFront resources of a template. A distribution's domain name is its local address. */
export function identifyCloudFront(resource: TemplateResource, _account: LocalAccount, addresses: LocalAddresses): ResourceIdentity {
  const id = `E${stableId(resource, ID_LENGTH).toUpperCase()}`;
  switch (resource.type) {
    case 'AWS::CloudFront::Distribution':
      return { ref: id, attributes: { Id: id, DomainName: new URL(serverUrl(resource, addresses)).host } };
    case 'AWS::CloudFront::PublicKey':
      return { ref: `K${id.slice(1)}`, attributes: { Id: `K${id.slice(1)}` } };
    default:
      // Policies, key groups and origin access controls.
      return { ref: id, attributes: { Id: id } };
  }
}
