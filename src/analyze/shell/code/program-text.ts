import type { Language } from '../finding.js';

/** The part of a file that is the program. PHP: what stands between `<?php` and `?>`. */
export function programOf(language: Language, text: string): string {
  if (language !== 'php' || !text.includes('<?')) return text;
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf('<?', at);
    if (open < 0) break;
    const from = open + (/^<\?(?:php|=)?/u.exec(text.slice(open, open + 5))?.[0].length ?? 2);
    const close = text.indexOf('?>', from);
    parts.push(text.slice(from, close < 0 ? text.length : close));
    if (close < 0) break;
    at = close + 2;
  }
  return parts.join(';\n');
}
