// The page's own script, one for all pages: puts markup and drawings in place, answers clicks on links, says what a
// mark stands for. Streamlit calls it with each run's markup; it listens from the first call on.
let places = {};
const shown = new WeakMap();

// The server escapes everything that comes from data. Markup is cleaned once more: by the browser's own cleaner where it
// has one (the empty configuration keeps everything but scripts and handlers), else of what runs.
const RUNS = 'script, iframe, object, embed, base, meta, link';
const LEADS = ['href', 'xlink:href', 'src', 'action', 'formaction'];
const fill = (frame, markup) => {
  if (frame.setHTML) { frame.setHTML(markup, { sanitizer: {} }); return; }
  const parsed = new DOMParser().parseFromString(markup, 'text/html');
  for (const element of parsed.querySelectorAll(RUNS)) element.remove();
  for (const element of parsed.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const runs = LEADS.includes(name) && /^(javascript|data):/i.test(value.replace(/[\s\u0000-\u001f]/g, ''));
      if (runs || name.startsWith('on')) element.removeAttribute(name);
    }
  }
  frame.replaceChildren(...parsed.body.childNodes);
};

const place = () => {
  for (const frame of document.querySelectorAll('.dm-placed')) {
    const markup = places[frame.dataset.place];
    if (markup === undefined || shown.get(frame) === markup) continue;
    shown.set(frame, markup);
    fill(frame, markup);
  }
  for (const frame of document.querySelectorAll('.dm-drawing')) {
    if (frame.firstChild) continue;
    frame.innerHTML = frame.dataset.svg;
    frame.removeAttribute('data-svg');
  }
};

let stop = null;
export default function ({ data }) {
  places = JSON.parse(new TextDecoder().decode(data));
  place();
  stop ??= listen();
  return () => { stop?.(); stop = null; };
}

function listen() {
  // A link to `#print` prints the page. Leaves alone: modified clicks, other hosts, Streamlit's own links.
  // `href.baseVal` is how SVG links name their target.
  const follow = (event) => {
    if (event.defaultPrevented || event.button) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('[data-testid="stHtml"] a, [data-testid="stGraphVizChart"] a');
    const target = link && (link.href?.baseVal ?? link.href);
    if (!target) return;
    const url = new URL(target, document.baseURI);
    if (url.origin !== location.origin) return;
    event.preventDefault();
    if (url.hash === '#print') { window.print(); return; }
    // As the browser's own back and forward: Streamlit answers them with one run of the page. A trigger would take two,
    // one to be told and one to go there.
    const elsewhere = url.pathname !== location.pathname || url.searchParams.get('code') !== new URLSearchParams(location.search).get('code');
    history.pushState({}, '', url);
    window.dispatchEvent(new PopStateEvent('popstate'));
    if (elsewhere) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };

  const watch = new MutationObserver(place);
  watch.observe(document.body, { childList: true, subtree: true });

  // Points are small and fingers are not: the nearest mark within reach speaks.
  const REACH = 28;
  let tip = null;
  const hide = () => { tip?.remove(); tip = null; };
  const tell = (event) => {
    const frame = event.target.closest?.('.dm-drawing.fluid');
    if (!frame) { hide(); return; }
    let nearest = null, least = REACH;
    for (const mark of frame.querySelectorAll('[role="graphics-symbol"][aria-label]:not([aria-roledescription="axis"])')) {
      const box = mark.getBoundingClientRect();
      const dx = Math.max(box.left - event.clientX, 0, event.clientX - box.right);
      const dy = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
      const far = Math.hypot(dx, dy) + (box.width > REACH ? 0.5 : 0);
      if (far < least) { least = far; nearest = mark; }
    }
    if (!nearest) { hide(); return; }
    tip ??= document.body.appendChild(Object.assign(document.createElement('div'), { className: 'dm-tip' }));
    tip.textContent = nearest.getAttribute('aria-label');
    tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${event.clientY + 16}px`;
  };

  document.addEventListener('click', follow);
  document.addEventListener('pointermove', tell);
  document.addEventListener('pointerdown', tell);
  document.addEventListener('scroll', hide, true);
  document.documentElement.dataset.script = 'ready';  // until then links load the page anew, as they do without a script
  return () => {
    delete document.documentElement.dataset.script;
    document.removeEventListener('click', follow);
    document.removeEventListener('pointermove', tell);
    document.removeEventListener('pointerdown', tell);
    document.removeEventListener('scroll', hide, true);
    watch.disconnect();
    hide();
  };
}
