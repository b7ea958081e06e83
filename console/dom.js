// What the views are made with: elements of texts, never of markup; times; questions to the sensor.
import {WORDS} from './words.js';

let lang = 'en';

export function setLanguage(value) {
	lang = value === 'ja' ? 'ja' : 'en';
	document.documentElement.lang = lang;
}

export function language() {
	return lang;
}

export function say(key, values = {}) {
	const text = WORDS[lang][key] ?? key;
	return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** The word of a token such as "acknowledged"; the token where it has none. */
export function word(kind, token) {
	return WORDS[lang][kind + '_' + token] ?? token;
}

/** An element with what it holds: texts become text. */
export function el(tag, properties = {}, ...content) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(properties)) {
		if (value === undefined || value === null || value === false)
			continue;
		if (name.startsWith('on'))
			e.addEventListener(name.slice(2), value);
		else
			e.setAttribute(name, value === true ? '' : value);
	}
	e.append(...content.flat().filter((c) => c !== undefined && c !== null && c !== false));
	return e;
}

// Controls, what turns the direction of writing, and what cannot be seen: shown by their number.
const ODD = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/** A text that may come from the wire: kept apart from what stands beside it, with nothing hidden in it. */
export function wire(text) {
	const holder = el('bdi');
	let plain = '';
	for (const c of String(text ?? '')) {
		if (!ODD.test(c)) {
			plain += c;
			continue;
		}
		holder.append(plain, el('span', {class: 'odd'}, 'U+' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')));
		plain = '';
	}
	holder.append(plain);
	return holder;
}

/** The same where only a text will do: names for screen readers. */
export function plainText(text) {
	return [...String(text ?? '')].map((c) => (ODD.test(c) ? ' ' : c)).join('');
}

const two = (n) => String(n).padStart(2, '0');

export function when(text) {
	const date = new Date(String(text ?? '').replace(/(\.\d{3})\d*/, '$1').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
	if (!text || isNaN(date))
		return wire(text);
	return el('time', {datetime: date.toISOString(), class: 'tight'},
		`${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`);
}

export function level(token, kind = 'level') {
	return el('span', {class: 'level ' + token}, word(kind, token));
}

/** {path}?with the values that are not empty, in the language of the page. */
function address(path, values = {}) {
	const q = new URLSearchParams();
	for (const [key, value] of Object.entries({...values, lang}))
		if (value !== '' && value !== undefined && value !== null)
			q.set(key, value);
	return '/api/' + path + '?' + q;
}

/** What the sensor says itself; other errors are that it said nothing. */
export class Answered extends Error {}

async function answerOf(response) {
	const answer = await response.json().catch(() => ({}));
	if (!response.ok)
		throw answer.error ? new Answered(answer.error) : new Error(response.statusText || String(response.status));
	return answer;
}

export async function ask(path, values) {
	return answerOf(await fetch(address(path, values), {cache: 'no-store'}));
}

export async function tell(path, token, body) {
	return answerOf(await fetch(address(path), {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Sekisho-Token': token}, body: JSON.stringify(body)}));
}

/** A drawing as a document of its own. */
export function askDrawing(path, values) {
	return new Promise((done, failed) => {
		const r = new XMLHttpRequest();
		r.open('GET', address(path, values));
		r.responseType = 'document';
		r.overrideMimeType('application/xml');
		r.onload = () => {
			const root = r.responseXML?.documentElement;
			if (r.status === 200 && root?.localName === 'svg')
				done(root);
			else
				failed(new Error(root?.textContent || String(r.status)));
		};
		r.onerror = () => failed(new Error('network'));
		r.send();
	});
}

/** A table that becomes a list of cards where it is narrow. columns: [title, class]. */
export function table(label, columns) {
	const body = el('div', {class: 'body', role: 'rowgroup'});
	const heads = el('div', {class: 'row heads', role: 'row'}, columns.map(([title, kind]) => el('div', {class: 'head ' + (kind ?? ''), role: 'columnheader'}, title)));
	const list = el('div', {class: 'list', role: 'table', 'aria-label': label}, el('div', {class: 'body', role: 'rowgroup'}, heads), body);
	const row = (cells, attributes = {}) => el('div', {...attributes, class: 'row ' + (attributes.class ?? ''), role: 'row'},
		columns.map(([title, kind], i) => el('div', {class: 'cell ' + (kind ?? ''), role: 'cell', 'data-label': title}, cells[i] ?? '')));
	return {list, body, row};
}

/** Terms and what is known of them; what is empty is left out. */
export function facts(pairs) {
	const list = el('dl', {class: 'facts'});
	for (const [term, value] of pairs) {
		const values = [value].flat().filter((v) => v !== '' && v !== undefined && v !== null);
		if (values.length === 0)
			continue;
		list.append(el('div', {}, el('dt', {}, term), el('dd', {}, values.flatMap((v, i) => (i ? [' ', v] : [v])).map((v) => (typeof v === 'string' && v !== ' ' ? wire(v) : v)))));
	}
	return list;
}

export function trouble(error) {
	const why = plainText(error.message);
	return el('p', {class: 'error', role: 'alert'}, error instanceof Answered ? why : say('failed', {why}));
}

/** Sets what an element holds. */
export function fill(element, ...content) {
	element.replaceChildren(...content.flat().filter((c) => c !== undefined && c !== null && c !== false));
}

/** Previous and next of a list that comes in parts. go(offset). */
export function pages(answer, go) {
	const {offset, limit, total} = answer;
	if (total <= limit && offset === 0)
		return null;
	const step = (name, to, possible) => el('button', {type: 'button', disabled: !possible, onclick: () => go(to)}, say(name));
	return el('nav', {class: 'pages', 'aria-label': say('page')}, step('previous', Math.max(0, offset - limit), offset > 0), step('next', offset + limit, offset + limit < total));
}

export function shown(answer) {
	const {offset, total} = answer;
	return total === 0 ? '' : say('shown', {from: offset + 1, till: offset + answer.rows.length, total});
}
