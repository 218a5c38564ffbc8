import { createHash } from 'node:crypto';
import { escapeXml as escapeHtml } from '../http/aws-protocol.ts';
import type { StandInObject, StandInSession } from './stand-in-store.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 32rem; margin: 2rem auto; padding: 0 1rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .35rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
th:last-child, td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
form { display: flex; gap: .5rem; margin: 1.5rem 0; }
button { font: inherit; padding: .5rem 1rem; min-height: 2.75rem; }
.meta { font-size: .85rem; opacity: .75; }
`;

/** A page, and what it may do. Browsers hold what follows a form to the same policy, so that its end is named there. */
export interface StandInPage {
  readonly html: string;
  readonly policy: string;
}

const page = (title: string, body: string, leadsTo: readonly string[]): StandInPage => ({
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`,
  policy: [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    `form-action ${["'self'", ...leadsTo.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin)].join(' ')}`,
    "frame-ancestors 'none'",
  ].join('; '),
});

const standsIn = '<p class="meta">This page of your machine stands in for Stripe. No money moves.</p>';

const money = (amount: number, currency: string): string => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};

const link = (url: string, text: string): string => `<p><a href="${escapeHtml(url)}" rel="noreferrer">${escapeHtml(text)}</a></p>`;

const linesOf = ({ lines, currency }: StandInSession): string => {
  const rows = lines.map(
    ({ name, amount, quantity }) =>
      `<tr><td>${escapeHtml(name)}</td><td>${quantity}</td><td>${escapeHtml(money(amount * quantity, currency))}</td></tr>`,
  );
  const total = lines.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0);
  return `<table>
<thead><tr><th>Product</th><th>Quantity</th><th>Price</th></tr></thead>
<tbody>${rows.join('')}<tr><th colspan="2">Total</th><th>${escapeHtml(money(total, currency))}</th></tr></tbody>
</table>`;
};

/** The page of a checkout. */
export const checkoutPage = (session: StandInSession, note?: string): StandInPage => {
  const { mode, price = '', status, successUrl, cancelUrl } = session;
  const bought = mode === 'subscription' ? `<p>A subscription at the price <code>${escapeHtml(price)}</code></p>` : linesOf(session);
  const decline = mode === 'subscription' ? '' : '<button name="action" value="decline">Have the card refused</button>';
  const form = `<form method="post"><button name="action" value="pay">Pay</button>${decline}</form>${link(cancelUrl, 'Go back without paying')}`;
  const ended = `<p>This checkout is paid.</p>${link(successUrl, 'Go on')}`;
  const told = note === undefined ? '' : `<p role="status"><strong>${escapeHtml(note)}</strong></p>`;
  return page('Checkout', `${standsIn}${told}${bought}${status === 'open' ? form : ended}`, [successUrl]);
};

const subscriptionRow = ({ id, status }: StandInObject): string => {
  const cancel = `<form method="post"><input type="hidden" name="id" value="${escapeHtml(id)}"><button name="action" value="cancel">End it</button></form>`;
  return `<tr><td>${escapeHtml(id)}</td><td>${escapeHtml(String(status))}</td><td>${status === 'canceled' ? '' : cancel}</td></tr>`;
};

/** The billing portal of a customer. */
export const portalPage = (subscriptions: readonly StandInObject[], returnUrl: string): StandInPage => {
  const rows = subscriptions.map(subscriptionRow).join('');
  const list =
    rows === ''
      ? '<p>There are no subscriptions.</p>'
      : `<table><thead><tr><th>Subscription</th><th>Status</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
  return page('Billing', `${standsIn}${list}${link(returnUrl, 'Go back')}`, []);
};

/** Tells that something is not there. */
export const absentPage = (): StandInPage =>
  page('Not found', `${standsIn}<p>There is no such checkout. Begin a new one in the app.</p>`, []);
