import type { LocalServiceType } from '../service.ts';
import { ApiGatewayService } from './apigateway-service.ts';
import { identifyApiResource } from './identify-api.ts';

/** Amazon API Gateway: each HTTP API of the template behind a server on 127.0.0.1. */
export const apigateway = {
  signingName: 'apigateway',
  resourceTypes: [
    'AWS::ApiGatewayV2::Api',
    'AWS::ApiGatewayV2::Route',
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Stage',
    'AWS::ApiGatewayV2::Authorizer',
    'AWS::ApiGatewayV2::Deployment',
    'AWS::ApiGatewayV2::ApiMapping',
    'AWS::ApiGatewayV2::DomainName',
  ],
  identify: identifyApiResource,
  start: (resources, context) => ApiGatewayService.start(resources, context),
} satisfies LocalServiceType;
