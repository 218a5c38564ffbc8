import { Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  type ErrorResponse,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  type KeyGroup,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin, OriginGroup, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IFunctionUrl } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { dispositionParameter, variantsPrefix } from '../../contracts/files-table.ts';

/** How files are served. */
export interface CdnOptions {
  /** Domains of your own. @default - a domain of CloudFront */
  readonly domainNames?: readonly string[];
  /** The certificate of the domains, in us-east-1. @default none */
  readonly certificate?: ICertificate;
  /** The oldest TLS that is taken with a certificate of your own. CloudFront's own domains take older ones. @default TLS 1.2 (2021) */
  readonly minimumTls?: SecurityPolicyProtocol;
  /** Where copies are kept. @default North America and Europe, which cost the least */
  readonly priceClass?: PriceClass;
  /** The ARN of a web ACL of AWS WAF, in us-east-1. @default none */
  readonly webAclId?: string;
}

export interface DistributionProps {
  readonly bucket: IBucket;
  readonly folders: readonly CompiledFolder[];
  readonly keyGroup: KeyGroup;
  /** The URL of the function that makes variants. Undefined if no folder has any. */
  readonly variantsUrl: IFunctionUrl | undefined;
  readonly corsOrigins: readonly string[];
  readonly cdn: CdnOptions;
}

/**
 * Nothing that is served may run, whatever its type: a page of a file has no scripts and an origin of its own. Images, videos and
 * sounds that a browser opens by themselves are shown, and embedded ones are not bound by it.
 */
const contentPolicy = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'";
/** Bytes at a key never change. */
const publicTtl = Duration.days(365);
/** Deletes take effect for links that were given out before within this time. Public files are taken out at once. */
const privateTtl = Duration.minutes(5);
/** "Quotas on distributions": cache behaviors per distribution, the default one beside. */
const maxBehaviors = 75;

const createCachePolicy = (scope: Construct, id: string, ttl: Duration, queryStringBehavior: CacheQueryStringBehavior): CachePolicy =>
  new CachePolicy(scope, id, {
    minTtl: Duration.seconds(0),
    defaultTtl: ttl,
    maxTtl: ttl,
    queryStringBehavior,
    cookieBehavior: CacheCookieBehavior.none(),
    headerBehavior: CacheHeaderBehavior.none(),
    enableAcceptEncodingGzip: true,
    enableAcceptEncodingBrotli: true,
  });

const createHeadersPolicy = (scope: Construct, corsOrigins: readonly string[]): ResponseHeadersPolicy =>
  new ResponseHeadersPolicy(scope, 'Headers', {
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      contentSecurityPolicy: { contentSecurityPolicy: contentPolicy, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override: true },
    },
    // Pages with `Cross-Origin-Embedder-Policy` may embed files, too.
    customHeadersBehavior: { customHeaders: [{ header: 'Cross-Origin-Resource-Policy', value: 'cross-origin', override: true }] },
    ...(corsOrigins.length > 0 && {
      corsBehavior: {
        accessControlAllowOrigins: [...corsOrigins],
        accessControlAllowMethods: ['GET', 'HEAD'],
        accessControlAllowHeaders: ['Range'],
        accessControlAllowCredentials: false,
        accessControlExposeHeaders: ['Accept-Ranges', 'Content-Disposition', 'Content-Length', 'Content-Range', 'ETag'],
        accessControlMaxAge: Duration.hours(1),
        originOverride: true,
      },
    }),
  });

/** Answers that may soon be others: a file that comes, a variant that is made. */
const errorResponses: ErrorResponse[] = [403, 404, 502, 503, 504].map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(1) }));

interface Parts {
  readonly files: IOrigin;
  /** S3, and the function for what is not there. Undefined if no folder has variants. */
  readonly variants: IOrigin | undefined;
  readonly open: Omit<BehaviorOptions, 'origin'>;
  readonly signed: Omit<BehaviorOptions, 'origin'>;
}

const createParts = (scope: Construct, { bucket, variantsUrl, keyGroup, corsOrigins }: DistributionProps): Parts => {
  const files = S3BucketOrigin.withOriginAccessControl(bucket);
  const responseHeadersPolicy = createHeadersPolicy(scope, corsOrigins);
  const common = {
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
    compress: true,
    responseHeadersPolicy,
  };
  const disposition = CacheQueryStringBehavior.allowList(dispositionParameter);
  return {
    files,
    variants:
      variantsUrl === undefined
        ? undefined
        : new OriginGroup({
            primaryOrigin: files,
            fallbackOrigin: FunctionUrlOrigin.withOriginAccessControl(variantsUrl),
            // Who may not list a bucket gets 403 for what is not there.
            fallbackStatusCodes: [403, 404],
          }),
    open: { ...common, cachePolicy: createCachePolicy(scope, 'PublicCache', publicTtl, CacheQueryStringBehavior.none()) },
    signed: {
      ...common,
      cachePolicy: createCachePolicy(scope, 'PrivateCache', privateTtl, disposition),
      trustedKeyGroups: [keyGroup],
    },
  };
};

/** CloudFront takes the first behaviour that fits, so what is public comes first. */
const behaviorsOf = (folders: readonly CompiledFolder[], { files, variants, open, signed }: Parts): Record<string, BehaviorOptions> => {
  const isPublic = folders.filter((folder) => folder.isPublic);
  const withVariants = isPublic.filter((folder) => Object.keys(folder.variants).length > 0);
  return {
    ...Object.fromEntries(
      variants === undefined ? [] : withVariants.map(({ prefix }) => [`${variantsPrefix}${prefix}*`, { ...open, origin: variants }]),
    ),
    ...Object.fromEntries(isPublic.map(({ prefix }) => [`${prefix}*`, { ...open, origin: files }])),
    ...(variants !== undefined && { [`${variantsPrefix}*`]: { ...signed, origin: variants } }),
  };
};

/**
 * Serves files: those of public folders to everybody, all others to who has a signed link.
 *
 * @throws Error for more public folders than a distribution can tell apart
 */
export const createDistribution = (scope: Construct, props: DistributionProps): Distribution => {
  const { domainNames = [], certificate, minimumTls, priceClass, webAclId } = props.cdn;
  const parts = createParts(scope, props);
  const additionalBehaviors = behaviorsOf(props.folders, parts);
  const count = Object.keys(additionalBehaviors).length;
  if (count >= maxBehaviors) {
    throw new Error(
      `folders has so many public folders that CloudFront needs ${count} behaviors: make some private, at most ${maxBehaviors - 1} fit`,
    );
  }
  return new Distribution(scope, 'Distribution', {
    comment: 'Plinth: files',
    defaultBehavior: { ...parts.signed, origin: parts.files },
    additionalBehaviors,
    errorResponses,
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: priceClass ?? PriceClass.PRICE_CLASS_100,
    ...(domainNames.length > 0 && { domainNames: [...domainNames] }),
    ...(certificate !== undefined && { certificate, minimumProtocolVersion: minimumTls ?? SecurityPolicyProtocol.TLS_V1_2_2021 }),
    ...(webAclId !== undefined && { webAclId }),
  });
};
