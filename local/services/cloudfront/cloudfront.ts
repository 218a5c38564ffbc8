import type { LocalServiceType } from '../service.ts';
import { CloudFrontService } from './cloudfront-service.ts';
import { identifyCloudFront } from './identify-cloudfront.ts';

/** Amazon CloudFront: each distribution of the template behind a server on 127.0.0.1. */
export const cloudfront = {
  signingName: 'cloudfront',
  resourceTypes: [
    'AWS::CloudFront::Distribution',
    'AWS::CloudFront::OriginAccessControl',
    'AWS::CloudFront::PublicKey',
    'AWS::CloudFront::KeyGroup',
    'AWS::CloudFront::CachePolicy',
    'AWS::CloudFront::OriginRequestPolicy',
    'AWS::CloudFront::ResponseHeadersPolicy',
  ],
  identify: identifyCloudFront,
  start: (resources, context) => CloudFrontService.start(resources, context),
} satisfies LocalServiceType;
