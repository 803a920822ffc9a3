/**
 * The page's only script. Everything works without it; with it, times count, and what waits refreshes by itself. It
 * replaces regions (`data-region`) that the daemon has rendered and escaped, never one that somebody has typed into.
 */
export const LIVE_SCRIPT = `'use strict';
(() => {
  const body = document.body;
  let skew = Number(body.dataset.now) - Date.now();
  const byId = (id) => document.getElementById(id);

  // The words of duration() in wording.ts.
  function duration(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    if (seconds < 60) return seconds + ' s';
    const minutes = Math.floor(seconds / 60);
    if (minutes < 10) return minutes + ' min' + (seconds % 60 === 0 ? '' : ' ' + (seconds % 60) + ' s');
    if (minutes < 60) return minutes + ' min';
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return hours + ' h' + (minutes % 60 === 0 ? '' : ' ' + (minutes % 60) + ' min');
    return Math.floor(hours / 24) + ' days';
  }

  function tick() {
    const now = Date.now() + skew;
    for (const span of document.querySelectorAll('[data-since]')) {
      span.textContent = duration(now - Number(span.dataset.since));
    }
    for (const span of document.querySelectorAll('[data-until]')) {
      const left = Number(span.dataset.until) - now;
      span.textContent = duration(left);
      span.parentElement.classList.toggle('soon', left < 60000);
    }
  }
  tick();
  setInterval(tick, 1000);

  // Pressing twice must not send a one-time code twice.
  document.addEventListener('submit', (event) => {
    if (event.target.dataset.sent === 'yes') event.preventDefault();
    event.target.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // Choosing another approver is no typing; a code or a reason is.
  function inUse(region) {
    if (region.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')) return true;
    return [...region.querySelectorAll('input:not([type=hidden]), textarea')].some((field) => field.value !== field.defaultValue);
  }

  function show(text) {
    const received = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-live-key]');
    if (received === null) return;
    const said = [];
    for (const fresh of received.querySelectorAll('[data-region]')) {
      const stale = document.querySelector('[data-region="' + CSS.escape(fresh.dataset.region) + '"]');
      if (stale === null) continue;
      if (fresh.dataset.say) said.push(fresh.dataset.say);
      if (stale.hasAttribute('data-guarded') && inUse(stale)) continue;
      const focused = stale.contains(document.activeElement) ? document.activeElement.id : '';
      stale.replaceWith(document.adoptNode(fresh));
      if (focused !== '') byId(focused)?.focus();
    }
    skew = Number(received.dataset.now) - Date.now();
    body.dataset.liveKey = received.dataset.liveKey;
    document.title = received.dataset.title;
    byId('announce').textContent = said.join('. ');
    tick();
  }

  function warn(text) {
    const notice = byId('connection');
    if (notice.textContent !== text) notice.textContent = text;
  }

  async function ask() {
    try {
      const answer = await fetch(body.dataset.live + '?key=' + encodeURIComponent(body.dataset.liveKey), {
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 200) show(await answer.text());
      if (answer.ok) warn('');
      else if (answer.status === 401) warn('You are signed out. Reload the page to sign in again.');
      else warn('Firebreak could not refresh this page: what you see may be old.');
    } catch {
      warn('No answer from Firebreak: what you see may be old. Agents are still held.');
    }
    setTimeout(ask, document.hidden ? 10000 : 2000);
  }
  if (body.dataset.live) setTimeout(ask, 2000);
})();
`;
