import { stableId } from '../../template/stable-id.ts';
import { serverUrl } from '../server-url.ts';
import type { LocalAccount, LocalAddresses, ResourceIdentity, TemplateResource } from '../service.ts';

const ID_LENGTH = 10;

/** What `Ref` and `Fn::GetAtt` give for the API Gateway resources of a template. */
export function identifyApiResource(resource: TemplateResource, _account: LocalAccount, addresses: LocalAddresses): ResourceIdentity {
  const id = stableId(resource, ID_LENGTH);
  const { properties } = resource;
  switch (resource.type) {
    case 'AWS::ApiGatewayV2::Api':
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: serverUrl(resource, addresses) } };
    case 'AWS::ApiGatewayV2::Stage':
      return { ref: typeof properties['StageName'] === 'string' ? properties['StageName'] : '$default', attributes: {} };
    case 'AWS::ApiGatewayV2::Authorizer':
      return { ref: id, attributes: { AuthorizerId: id } };
    case 'AWS::ApiGatewayV2::Deployment':
      return { ref: id, attributes: { DeploymentId: id } };
    case 'AWS::ApiGatewayV2::Integration':
      return { ref: id, attributes: { IntegrationId: id } };
    case 'AWS::ApiGatewayV2::Route':
      return { ref: id, attributes: { RouteId: id } };
    case 'AWS::ApiGatewayV2::DomainName': {
      const domain = typeof properties['DomainName'] === 'string' ? properties['DomainName'] : id;
      const regional = addresses.apiUrl.replace(/^https?:\/\//, '');
      return { ref: domain, attributes: { RegionalDomainName: regional, RegionalHostedZoneId: 'LOCAL' } };
    }
    default:
      return { ref: id, attributes: { ApiMappingId: id } };
  }
}
