import { generatedName, stableId } from '../../template/stable-id.ts';
import type { LocalAccount, ResourceIdentity, TemplateResource } from '../service.ts';

const MAX_BUCKET_NAME_LENGTH = 63;

/** What `Ref` and `Fn::GetAtt` give for buckets, their notifications and the plan that has them scanned. */
export function identifyS3Resource(resource: TemplateResource, { partition, region, accountId }: LocalAccount): ResourceIdentity {
  if (resource.type === 'AWS::GuardDuty::MalwareProtectionPlan') {
    const id = stableId(resource, 20);
    const arn = `arn:${partition}:guardduty:${region}:${accountId}:malware-protection-plan/${id}`;
    return { ref: id, attributes: { Arn: arn, MalwareProtectionPlanId: id, Status: 'ACTIVE', CreatedAt: '1970-01-01T00:00:00Z' } };
  }
  if (resource.type !== 'AWS::S3::Bucket') return { ref: generatedName(resource, MAX_BUCKET_NAME_LENGTH), attributes: {} };
  const own = resource.properties['BucketName'];
  const name = typeof own === 'string' ? own : generatedName(resource, MAX_BUCKET_NAME_LENGTH).toLowerCase();
  return {
    ref: name,
    attributes: {
      Arn: `arn:${partition}:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
    },
  };
}
