// The page: which view is shown, in which language, and what comes live.
import {alertView, alertsView, titleOf} from './alerts.js';
import {assetView, assetsView} from './assets.js';
import {ask, el, fill, language, plainText, say, setLanguage, word} from './dom.js';
import {healthView} from './health.js';
import {mapView} from './map.js';

const VIEWS = {alerts: [alertsView, alertView], assets: [assetsView, assetView], map: [mapView], health: [healthView]};
const AGAIN_MS = 10000;
const $ = (id) => document.getElementById(id);

let about = {places: [], write: false};
let view = {}; // what the one that is shown does when something comes
let shownNo = 0;
let source = null;

// ---- language

function stored(value) {
	try {
		if (value)
			localStorage.setItem('sekisho.lang', value);
		return localStorage.getItem('sekisho.lang');
	} catch {
		return null;
	}
}

function frame() {
	$('skip').textContent = say('skip');
	$('lang-label').textContent = say('language');
	$('lang').value = language();
	$('nav').setAttribute('aria-label', say('pages'));
	fill($('nav').firstElementChild, Object.keys(VIEWS).map((name) => el('li', {}, el('a', {href: '#' + name}, say(name)))));
	fill($('place'), [about.site, about.sensor].filter((x) => x && x !== 'sekisho').map(plainText).join(' / '));
	fill($('foot'), `sekisho ${about.version ?? ''} · ` + say('zoneTime', {zone: Intl.DateTimeFormat().resolvedOptions().timeZone}));
}

// ---- which view

/** "#assets/A000001?zone=x" in its parts. */
function where() {
	const [path, query] = location.hash.slice(1).split('?');
	const [name, rest] = (path || 'alerts').split('/');
	const there = Object.hasOwn(VIEWS, name) && (rest === undefined || (VIEWS[name][1] && /^\w+$/.test(rest)));
	return {name: there ? name : '', rest, values: Object.fromEntries(new URLSearchParams(query ?? ''))};
}

async function noView(main) {
	fill(main, el('h1', {tabindex: -1}, say('notFound')), el('p', {}, el('a', {href: '#alerts'}, say('alerts'))));
	return {};
}

async function show(focus) {
	const page = where(), no = ++shownNo, main = el('div');
	page.about = about;
	page.since = follow;
	page.keep = (values) => {
		const q = new URLSearchParams(Object.entries(values).filter(([, v]) => v !== '' && v !== undefined));
		history.replaceState(null, '', '#' + page.name + (String(q) ? '?' + q : ''));
	};
	for (const a of $('nav').querySelectorAll('a')) {
		if (a.hash === '#' + page.name)
			a.setAttribute('aria-current', 'page');
		else
			a.removeAttribute('aria-current');
	}
	document.title = say(page.name || 'notFound') + ' – sekisho';
	view = {};
	fill($('main'), main);
	const make = page.name ? VIEWS[page.name][page.rest ? 1 : 0] : noView;
	const made = make(main, page);
	if (focus) {
		main.querySelector('h1')?.focus();
		scrollTo(0, 0);
	}
	const does = await made;
	if (no === shownNo)
		view = does;
}

// ---- what comes live

function told(event) {
	const a = JSON.parse(event.data), s = a.sekisho;
	if (a.event_type !== 'alert' || !s?.alert_id)
		return;
	if (s.change === 'new')
		$('news').textContent = say('newAlert', {level: word('level', s.level), title: plainText(titleOf(s))});
	view.alert?.(a);
}

function linked(yes) {
	$('link').textContent = (yes ? '● ' : '○ ') + say(yes ? 'live' : 'lost');
}

/** Follows what comes after @seq; once. */
function follow(seq) {
	if (source && source.readyState !== EventSource.CLOSED)
		return;
	source = new EventSource('/api/live?after=' + seq);
	source.addEventListener('open', () => linked(true));
	source.addEventListener('alert', told);
	source.addEventListener('missed', () => view.missed?.());
	source.addEventListener('error', () => {
		linked(false);
		if (source.readyState === EventSource.CLOSED) // refused: as many as may already follow
			setTimeout(() => ask('alerts', {limit: 0}).then((a) => follow(a.seq), () => {}), AGAIN_MS);
	});
}

async function again() {
	try {
		const h = await ask('health');
		$('well').textContent = h.faults ? '⚠ ' + say('faults', {n: h.faults}) : say('wellWord');
	} catch {
		$('well').textContent = say('noHealth');
	}
	view.again?.();
}

// ---- begin

$('lang').addEventListener('change', (e) => {
	setLanguage(stored(e.target.value) ?? e.target.value);
	frame();
	linked(source?.readyState === EventSource.OPEN);
	again();
	show(false);
});
$('skip').addEventListener('click', (e) => {
	e.preventDefault();
	$('main').focus();
	$('main').scrollIntoView();
});
addEventListener('hashchange', () => show(true));

setLanguage(stored() ?? (navigator.language.startsWith('ja') ? 'ja' : 'en'));
about = await ask('about').catch(() => about);
frame();
await show(false);
if (!source)
	ask('alerts', {limit: 0}).then((a) => follow(a.seq), () => linked(false));
again();
setInterval(again, AGAIN_MS);
