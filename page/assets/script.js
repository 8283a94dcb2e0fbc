// Lá Chắn. Everything works without this file; with it the chat answers on the
// open page and the exit leaves nothing behind. It stores nothing, anywhere.
'use strict';

(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);

  // The exit: clear the page, then put the other site in its place in the history.

  const leave = () => {
    const to = find('.exit').href;
    document.title = '\u200b';
    document.body.replaceChildren();
    location.replace(to);
  };

  addEventListener('click', (e) => {
    if (!e.target.closest('.exit')) return;
    e.preventDefault();
    leave();
  });

  let taps = 0;
  let last = 0;
  addEventListener('keydown', (e) => {
    if (e.key !== 'Shift') { taps = 0; return; }
    if (e.repeat) return;
    taps = e.timeStamp - last < 1000 ? taps + 1 : 1;
    last = e.timeStamp;
    if (taps === 3) leave();
  }, true);

  // A phone's keyboard may push the page up: the head stays in sight.

  const view = window.visualViewport;
  if (view) {
    const pin = () => {
      const up = view.scale === 1 ? view.offsetTop : 0;
      const bar = find('.bar');
      if (bar) bar.style.transform = up ? `translateY(${up}px)` : '';
    };
    view.addEventListener('scroll', pin);
    view.addEventListener('resize', pin);
  }

  // Notices on this device, for whoever chose them here. The browser keeps the
  // subscription; the service learns it, and forgets it when it ends.

  const able = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
  const strip = () => find('.notices');
  const home = () => strip().dataset.home;

  async function subscription() {
    for (const worker of await navigator.serviceWorker.getRegistrations()) {
      const has = await worker.pushManager.getSubscription();
      if (has) return { worker, has };
    }
    return null;
  }

  async function tell(path, has, more) {
    const { endpoint, keys } = has.toJSON();
    const response = await fetch(`${home()}push/${path}`, {
      method: 'POST', body: new URLSearchParams({ endpoint, ...keys, ...more }), cache: 'no-store', credentials: 'omit', keepalive: true,
    });
    if (!response.ok) throw new Error(response.status);
  }

  async function startNotices(hour, consent) {
    if (!able || await Notification.requestPermission() !== 'granted') throw new Error('not allowed');
    await endNotices(); // one device, one subscription
    const key = await (await fetch(`${home()}push/key`, { cache: 'no-store', credentials: 'omit' })).text();
    const worker = await navigator.serviceWorker.register(`${home()}push/worker.js`, { scope: `${home()}push/` });
    try {
      const coming = worker.installing || worker.waiting;
      if (coming) {
        await new Promise((done, fail) => coming.addEventListener('statechange', () => {
          if (coming.state === 'activated') done();
          if (coming.state === 'redundant') fail(new Error('no worker'));
        }));
      }
      const has = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      await tell('subscribe', has, { hour, consent });
    } catch (e) {
      await endNotices();
      await worker.unregister();
      throw e;
    }
    strip().hidden = false;
  }

  // The service first: then nothing is sent, whatever the browser does. If it cannot be
  // reached it learns from the push service that this device takes nothing any more.
  async function endNotices() {
    const old = able && await subscription();
    if (!old) return;
    await tell('unsubscribe', old.has).catch(() => {});
    await old.has.unsubscribe();
    await old.worker.unregister();
    strip().hidden = true;
  }

  const showStrip = () => { if (strip() && able) subscription().then((has) => { strip().hidden = !has; }, () => {}); };

  if (strip() && able) {
    showStrip();
    addEventListener('click', (e) => { if (e.target.closest('.notices button')) endNotices(); });
  }

  // The chat.

  const form = find('.chat');
  if (!form || !window.fetch || !window.DOMParser || !window.AbortController) return;
  root.classList.add('js');

  const log = find('.log');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const touch = matchMedia('(pointer: coarse)');
  const patience = 20000;
  let busy = false;
  let unsent = null;

  const field = () => form.elements.t;
  const copy = (name) => find(`#${name}`).content.firstElementChild.cloneNode(true);
  const notice = () => find('.notice');

  // Which button was pressed; Enter in the text field presses the form's default button.
  let pressed = null;
  form.addEventListener('click', (e) => { pressed = e.target.closest('button'); });

  form.addEventListener('submit', (e) => {
    e.preventDefault();
    const button = pressed;
    pressed = null;
    if (button && strip() && /^notices o/.test(button.value)) notices(button);
    else if (button && button.name === 'a') say({ name: 'a', value: button.value, shown: button.textContent });
    else if (field().value.trim()) say({ name: 't', value: field().value, shown: field().value.trim() });
  });

  // "notices on HOUR CONSENT" and "notices off" are done here, and what came of it is said.
  async function notices(button) {
    const [, verb, hour, consent] = button.value.split(' ');
    let came = 'ended';
    button.disabled = true;
    try {
      if (verb === 'on') {
        await startNotices(hour, consent);
        came = `done ${hour}`;
      } else await endNotices();
    } catch {
      came = verb === 'on' ? 'failed' : came;
    }
    button.disabled = false;
    say({ name: 'a', value: `notices ${came}`, shown: button.textContent });
  }

  addEventListener('online', () => { if (unsent) say(unsent); });

  async function say(what) {
    if (busy) return;
    begin();
    const mine = log.appendChild(document.createElement('p'));
    mine.className = 'mine';
    mine.textContent = what.shown;
    mine.scrollIntoView({ block: 'nearest' });
    const dots = setTimeout(() => { if (!still.matches) log.append(copy('typing')); }, 300);
    let doc = null;
    try {
      doc = await ask(what);
    } catch {
      mine.remove();
    }
    clearTimeout(dots);
    find('.typing', log)?.remove();
    end();
    if (doc) show(doc, what, mine);
    else fail(what);
  }

  function begin() {
    busy = true;
    unsent = null;
    notice().replaceChildren();
    log.setAttribute('aria-busy', 'true');
    field().readOnly = true;
    find('.send').disabled = true;
  }

  function end() {
    busy = false;
    log.removeAttribute('aria-busy');
    field().readOnly = false;
    find('.send').disabled = false;
  }

  async function ask(what) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      const response = await fetch(form.getAttribute('action'), {
        method: 'POST',
        body: new URLSearchParams([['s', form.elements.s.value], [what.name, what.value]]),
        headers: { 'X-Fragment': '1' },
        cache: 'no-store',
        credentials: 'omit',
        signal: stop.signal,
      });
      if (!response.ok) throw new Error(response.status);
      const doc = new DOMParser().parseFromString(await response.text(), 'text/html');
      if (!find('.answer', doc)) throw new Error('no answer');
      return doc;
    } finally {
      clearTimeout(timer);
    }
  }

  function show(doc, what, mine) {
    const answer = document.adoptNode(find('.answer', doc));
    const state = find('[name=s]', doc).value;
    if (find('.bar', doc)) move(doc);
    form.elements.s.value = state;
    if (what.name === 't' && field().value === what.value) field().value = ''; // what was written meanwhile stays
    const lost = document.activeElement?.closest('.choices') || document.activeElement === document.body;
    log.querySelectorAll('.choices').forEach((old) => old.remove());
    log.append(answer);
    const stop = strip() && find('[value="notices off now"]', answer); // the stop word's: no press is needed
    if (stop) {
      stop.closest('.choices').remove();
      endNotices();
    }
    if (document.activeElement === field() && touch.matches) field().blur(); // the keyboard would cover the answer
    if (lost) answer.focus({ preventScroll: true });
    (mine.offsetHeight < 120 ? mine : answer).scrollIntoView({ block: 'start' });
  }

  // The answer is in another language: the page around it follows.
  function move(doc) {
    for (const part of ['.skip', '.bar', '.tabs', '.compose', '.words']) find(part)?.replaceWith(document.adoptNode(find(part, doc)));
    const to = find('.chat', doc).getAttribute('action');
    form.setAttribute('action', to);
    log.setAttribute('aria-label', find('.log', doc).getAttribute('aria-label'));
    root.lang = doc.documentElement.lang;
    document.title = doc.title;
    history.replaceState(null, '', to);
    showStrip();
  }

  function fail(what) {
    unsent = what;
    const line = copy('failed');
    find('button', line).addEventListener('click', () => say(what));
    notice().replaceChildren(line);
  }

  // What was said stays on the open page only: "back" never brings it up again.
  addEventListener('pagehide', () => log.replaceChildren());
  addEventListener('pageshow', (e) => { if (e.persisted) location.replace(location.pathname); });
})();
