// The filter above a list: what stands in it stands in the address, too, so that it can be kept and sent on.
import {el, language, say} from './dom.js';

const WAIT_MS = 250;

export function select(name, label, choices, value) {
	return el('label', {}, label, el('select', {name}, choices.map(([v, text]) => el('option', {value: v, selected: v === value}, text))));
}

export function text(name, label, value, type = 'search') {
	return el('label', {}, label, el('input', {type, name, value: value ?? '', autocomplete: 'off', spellcheck: 'false', maxlength: 120}));
}

export function tick(name, label, value) {
	return el('label', {class: 'tick'}, el('input', {type: 'checkbox', name, value: '1', checked: value === '1'}), label);
}

/** changed(values) is called when somebody has changed something. */
export function filterForm(fields, changed) {
	let timer;
	const form = el('form', {role: 'search', 'aria-label': say('filter'), onsubmit: (e) => e.preventDefault()}, fields,
		el('button', {type: 'button', onclick: () => {
			for (const e of form.elements) {
				if (e.type === 'checkbox')
					e.checked = false;
				else if (e.name)
					e.value = '';
			}
			changed({});
		}}, say('clear')));
	form.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(() => changed(Object.fromEntries(new FormData(form))), WAIT_MS);
	});
	return form;
}

/** What a zone is called; its id where it has no name. */
export function zoneName(places, id) {
	const zone = places.find((p) => p.zone === id);
	return (language() === 'ja' ? zone?.ja : zone?.en) || zone?.ja || zone?.en || (id === 'unknown' || id === 'internet' ? say(id) : id);
}

export function zoneChoices(places) {
	const zones = places.filter((p) => p.zone).map((p) => [p.zone, zoneName(places, p.zone)]);
	return [['', say('any')], ...zones, ['unknown', say('unknown')], ['internet', say('internet')]];
}
