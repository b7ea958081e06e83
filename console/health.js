// How the sensor is, in words: what `sekisho health` says.
import {ask, el, fill, level, say, trouble, when, wire} from './dom.js';

export async function healthView(main) {
	const list = el('div', {class: 'sheet'}), status = el('p'), written = el('p', {class: 'soft'});

	async function load() {
		try {
			const h = await ask('health');
			fill(status, h.faults ? say('faults', {n: h.faults}) : say('wellWord'));
			if (h.written) {
				const [before, after] = say('healthAt').split('{time}');
				fill(written, before, when(h.written), after);
			}
			fill(list, el('ul', {class: 'lines'}, h.lines.map((l) => el('li', {}, level(l.grade, 'grade'), el('div', {}, wire(l.text), l.first ? el('p', {class: 'soft'}, say('first'), wire(l.first)) : null)))));
		} catch (error) {
			fill(list, trouble(error));
		}
	}
	fill(main, el('h1', {tabindex: -1}, say('health')), status, written, list);
	await load();
	return {again: load};
}
