import { createHash } from 'node:crypto';
import type { InboxMessage } from '../inbox.ts';
import { escapeXml as escapeHtml } from './aws-protocol.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 1rem 0; }
h2 { font-size: 1rem; margin: 0; }
p { margin: .25rem 0; }
.meta { font-size: .85rem; opacity: .75; }
.code { font: 600 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .1em; }
iframe { width: 100%; height: 24rem; border: 0; background: #fff; margin: .5rem 0 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 0; }
`;

/** No script, nothing from elsewhere: a message is somebody's text. The HTML of e-mails lies in frames without any rights, with styles of its own. */
export const inboxPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "style-src-attr 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The inbox as a page for people, newest message first. */
export function inboxPage(messages: readonly InboxMessage[]): string {
  const list =
    messages.length === 0
      ? '<p>Nothing has been sent yet. Reload this page after the next registration.</p>'
      : messages.map(article).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local inbox (${messages.length})</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Local inbox</h1>
<p class="meta">E-mails, text messages, pushes and webhooks that this backend sent. None of them left this machine.</p>
${list}
</main>
</body>
</html>
`;
}

function article({ at, channel, to, subject, body, code, html, unsubscribeUrl, attachments = [] }: InboxMessage): string {
  const lines = [
    '<article>',
    `<h2>${escapeHtml(subject ?? channel)}</h2>`,
    `<p class="meta">${escapeHtml(channel)} to ${escapeHtml(to)}, <time datetime="${escapeHtml(at)}">${escapeHtml(at)}</time></p>`,
    code === undefined ? '' : `<p class="code">${escapeHtml(code)}</p>`,
    html === undefined ? `<pre>${escapeHtml(body)}</pre>` : `<iframe sandbox title="HTML" srcdoc="${escapeHtml(html)}"></iframe>`,
    ...attachments.map(({ filename, type, sizeBytes }) => `<p class="meta">${escapeHtml(`${filename} (${type}, ${sizeBytes} bytes)`)}</p>`),
    unsubscribeUrl === undefined ? '' : `<p class="meta">One click unsubscribes: POST ${escapeHtml(unsubscribeUrl)}</p>`,
    '</article>',
  ];
  return lines.filter(Boolean).join('\n');
}
