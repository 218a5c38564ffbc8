/** What the mail server of a recipient does with an e-mail. */
export type Outcome = 'Bounce' | 'Complaint' | 'Delivery';

const SIMULATOR = /^(bounce|complaint|success|ooto|suppressionlist)(?:\+[^@]*)?@simulator\.amazonses\.com$/i;

/** As the mailbox simulator does ("Using the mailbox simulator manually", SES Developer Guide); every other address takes all e-mails. */
export const outcomeOf = (recipient: string): Outcome => {
  const name = SIMULATOR.exec(recipient)?.[1]?.toLowerCase();
  if (name === 'bounce' || name === 'suppressionlist') return 'Bounce';
  return name === 'complaint' ? 'Complaint' : 'Delivery';
};

/** An e-mail that SES has taken, for events. */
export interface TakenEmail {
  readonly messageId: string;
  readonly from: string;
  readonly sourceArn: string;
  readonly accountId: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly configurationSet: string;
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly takenAt: number;
}

const mailOf = (email: TakenEmail) => ({
  timestamp: new Date(email.takenAt).toISOString(),
  source: email.from,
  sourceArn: email.sourceArn,
  sendingAccountId: email.accountId,
  messageId: email.messageId,
  destination: email.recipients,
  headersTruncated: false,
  headers: [
    { name: 'From', value: email.from },
    { name: 'To', value: email.recipients.join(', ') },
    { name: 'Subject', value: email.subject },
  ],
  commonHeaders: { from: [email.from], to: email.recipients, messageId: email.messageId, subject: email.subject },
  tags: {
    'ses:configuration-set': [email.configurationSet],
    'ses:from-domain': [email.from.split('@')[1] ?? ''],
    ...email.tags,
  },
});

const bounceOf = (recipient: string, timestamp: string, feedbackId: string) => ({
  bounceType: 'Permanent',
  bounceSubType: recipient.toLowerCase().startsWith('suppressionlist') ? 'Suppressed' : 'General',
  bouncedRecipients: [{ emailAddress: recipient, action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' }],
  timestamp,
  feedbackId,
  reportingMTA: 'dsn; a8-53.smtp-out.amazonses.com',
});

const complaintOf = (recipient: string, timestamp: string, feedbackId: string) => ({
  complainedRecipients: [{ emailAddress: recipient }],
  timestamp,
  feedbackId,
  complaintSubType: null,
  userAgent: 'Amazon SES Mailbox Simulator',
  complaintFeedbackType: 'abuse',
  arrivalDate: timestamp,
});

/** What SES tells of an e-mail at one recipient ("Examples of event data that Amazon SES publishes to Amazon SNS"). */
export const simulatedEvent = (email: TakenEmail, recipient: string, outcome: Outcome, feedbackId: string): object => {
  const timestamp = new Date(email.takenAt).toISOString();
  const event = { eventType: outcome, mail: mailOf(email) };
  if (outcome === 'Bounce') return { ...event, bounce: bounceOf(recipient, timestamp, feedbackId) };
  if (outcome === 'Complaint') return { ...event, complaint: complaintOf(recipient, timestamp, feedbackId) };
  const delivery = { timestamp, recipients: [recipient], processingTimeMillis: 1, smtpResponse: '250 2.6.0 Message received' };
  return { ...event, delivery };
};
