/** Where local mode stands in for the payment provider, on its AWS endpoint. */
export const standInPath = '/_plinth/payments';

/**
 * The keys between functions and the stand-in. They are no secret: functions take them in local mode only, where the secret of the
 * definition has not been made.
 */
export const standInKeys = { secretKey: 'sk_local', webhookSecrets: ['whsec_local'] } as const;
