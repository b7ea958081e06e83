// The list of alerts, which goes on as they come, and one alert whole.
import {Answered, ask, el, facts, fill, language, level, pages, plainText, say, shown, table, tell, trouble, when, wire, word} from './dom.js';
import {filterForm, select, text, zoneChoices, zoneName} from './filter.js';

const LEVELS = ['info', 'low', 'medium', 'high', 'critical'];
const STATES = ['open', 'acknowledged', 'muted', 'closed', 'learnt'];
let token = ''; // as long as the page is open

export const titleOf = (s) => (language() === 'ja' ? s.title_ja : s.title_en) ?? '';

function end(s, which, address) {
	const e = s[which] ?? {};
	const name = e.name || address || '';
	return e.asset_id ? el('a', {href: '#assets/' + e.asset_id}, wire(name)) : wire(name);
}

function columns() {
	return [[say('began'), 'tight'], [say('level')], [say('what')], [say('from'), 'mid'], [say('to'), 'mid'], [say('count'), 'number'], [say('lastSeen'), 'tight'], [say('state'), 'tight']];
}

function alertRow(row, alert, fresh) {
	const s = alert.sekisho;
	return row([when(s.first_seen), level(s.level), el('a', {href: '#alerts/' + s.alert_id}, wire(titleOf(s))), end(s, 'src', alert.src_ip), end(s, 'dest', alert.dest_ip), String(s.count), when(s.last_seen), word('state', s.state)],
		{'data-alert': s.alert_id, class: [fresh && 'fresh', s.drill && 'drill'].filter((x) => x).join(' ')});
}

function fits(filter, s) {
	return (!filter.level || LEVELS.indexOf(s.level) >= LEVELS.indexOf(filter.level)) && (!filter.state || s.state === filter.state) &&
		(!filter.zone || s.src?.zone === filter.zone || s.dest?.zone === filter.zone) && (!filter.rule || s.rule_id.startsWith(filter.rule));
}

export async function alertsView(main, page) {
	let filter = page.values, answer = null;
	const status = el('p', {class: 'soft', role: 'status'});
	const {list, body, row} = table(say('alerts'), columns());
	const below = el('div');

	async function load() {
		try {
			answer = await ask('alerts', filter);
			page.since(answer.seq);
			fill(body, answer.rows.map((a) => alertRow(row, a)));
			show();
		} catch (error) {
			fill(below, trouble(error));
		}
	}
	function show() {
		list.hidden = body.childElementCount === 0;
		fill(status, answer.total ? shown(answer) : say(Object.values(filter).some((v) => v) ? 'noneFit' : 'noAlerts'));
		fill(below, pages(answer, (offset) => {
			filter = {...filter, offset};
			page.keep(filter);
			load().then(() => status.scrollIntoView({block: 'nearest'}));
		}));
	}
	const form = filterForm([
		select('level', say('least'), [['', say('any')], ...LEVELS.slice(1).map((l) => [l, word('level', l)])], filter.level),
		select('state', say('state'), [['', say('any')], ...STATES.map((s) => [s, word('state', s)])], filter.state),
		select('zone', say('zone'), zoneChoices(page.about.places), filter.zone),
		text('rule', say('ruleId'), filter.rule)], (values) => {
		filter = values;
		page.keep(filter);
		load();
	});
	fill(main, el('h1', {tabindex: -1}, say('alerts')), el('p', {class: 'soft'}, say('newestFirst')), form, status, list, below);
	await load();
	return {
		missed: load,
		alert(a) {
			const s = a.sekisho, there = body.querySelector(`[data-alert="${CSS.escape(s.alert_id)}"]`);
			if (!answer)
				return;
			if (there) {
				there.replaceWith(alertRow(row, a, true));
			} else if (s.change === 'new' && fits(filter, s)) {
				answer.total++;
				if (!Number(filter.offset ?? 0)) {
					body.prepend(alertRow(row, a, true));
					answer.rows.unshift(a);
					while (body.childElementCount > answer.limit) {
						body.lastElementChild.remove();
						answer.rows.pop();
					}
				}
				show();
			}
		},
	};
}

/** The alerts of one device, for its card. */
export async function alertsOf(id) {
	const answer = await ask('alerts', {asset: id, limit: 50});
	const {list, body, row} = table(say('itsAlerts'), columns());
	body.append(...answer.rows.map((a) => alertRow(row, a)));
	return [answer.total ? list : el('p', {class: 'soft'}, say('none')), answer.looked_at ? el('p', {class: 'soft'}, say('lookedAt', {n: answer.looked_at.toLocaleString('en')})) : null];
}

// ---- one alert

function evidence(a) {
	const s = a.sekisho, frames = s.evidence?.frames ?? [];
	return a.pcap_filename ? say('frames', {file: plainText(a.pcap_filename), frames: frames.join(', ')}) : frames.join(', ');
}

function details(a, places) {
	const s = a.sekisho, ja = language() === 'ja';
	const conduit = {allowed: say('allowed'), denied: say('denied'), none: say('noConduit')}[s.conduit];
	const place = (e) => (e ? [zoneName(places, e.zone), e.purdue].filter((x) => x).join(', ') : '');
	return facts([
		[say('level'), [level(s.level), el('span', {class: 'soft'}, wire((ja ? s.sev?.reason_ja : s.sev?.reason_en) ?? ''))]],
		[say('state'), [word('state', s.state), s.muted_until && el('span', {}, say('until') + ' ', when(s.muted_until))]],
		[say('by'), s.by], [say('reason'), ja ? s.reason?.replace(/^planned work #/, '予定 #') : s.reason],
		[say('from'), [end(s, 'src', a.src_ip), a.src_ip, place(s.src)]], [say('to'), [end(s, 'dest', a.dest_ip), a.dest_ip && a.dest_ip + (a.dest_port ? ':' + a.dest_port : ''), place(s.dest)]],
		[say('protocol'), [a.app_proto, a.proto]], [say('conduit'), conduit],
		[say('seen'), [when(s.first_seen), '–', when(s.last_seen), say('times', {n: s.count})]],
		[say('ruleId'), s.rule_id], [say('incident'), s.incident], [say('drill'), s.drill && [s.drill, a.drill?.title, a.drill?.note].filter((x) => x).join(' – ')],
		[say('checklist'), s.meti?.join(', ')], [say('doors'), s.jnsa?.join(', ')], [say('attack'), s.attack_ics?.join(', ')], [say('iec'), s.iec62443?.join(', ')],
		[say('evidence'), evidence(a)], [say('pcap'), s.evidence?.pcap ?? s.pcap], [say('confidence'), word('sure', s.evidence?.confidence ?? '')], [say('id'), s.alert_id],
	]);
}

function remember(name) {
	try {
		if (name !== undefined)
			localStorage.setItem('sekisho.name', name);
		return localStorage.getItem('sekisho.name') ?? '';
	} catch {
		return '';
	}
}

/** Name, reason and token; then one of two things. */
function actForm(id, done) {
	const field = (name, label, type, value) => el('label', {}, label, el('input', {name, type, value, autocomplete: 'off', maxlength: name === 'token' ? 256 : 500, class: 'act'}));
	const told = el('div', {role: 'status'});
	const form = el('form', {onsubmit: (e) => {
		e.preventDefault();
		act('ack');
	}}, field('who', say('yourName'), 'text', remember()), field('reason', say('why'), 'text', ''), field('token', say('token'), 'password', token), field('until', say('muteUntil'), 'text', ''),
	el('button', {type: 'submit', class: 'main'}, say('ack')), el('button', {type: 'button', onclick: () => act('mute')}, say('mute')));

	async function act(verb) {
		const {who, reason, until} = Object.fromEntries(new FormData(form));
		token = form.elements.token.value;
		if (!who.trim() || !reason.trim() || !token)
			return fill(told, el('p', {class: 'error'}, say('needsAll')));
		if (verb === 'mute' && !until.trim())
			return fill(told, el('p', {class: 'error'}, say('needsUntil')));
		remember(who);
		try {
			await tell(`alerts/${id}/${verb}`, token, {who, reason, until: verb === 'mute' ? until : undefined});
			await done();
			fill(told, el('p', {class: 'done'}, say('acted')));
		} catch (error) {
			fill(told, el('p', {class: 'error'}, plainText(error.message)));
		}
	}
	return el('section', {class: 'sheet', 'aria-labelledby': 'act'}, el('h2', {id: 'act'}, say('act')), form, told);
}

function commandLine(id) {
	return el('section', {class: 'sheet'}, el('p', {class: 'soft'}, say('readsOnly')), el('p', {}, el('code', {}, `sekisho alert ack ${id} --by … --reason …`)));
}

export async function alertView(main, page) {
	const id = page.rest;
	const title = el('h1', {tabindex: -1}, say('loading')), first = el('div', {class: 'sheet'}), rest = el('div', {class: 'sheet'});

	async function load() {
		const answer = await ask('alerts', {id, limit: 1});
		const a = answer.rows[0];
		if (!a)
			throw new Answered(say('noAlert'));
		const s = a.sekisho;
		fill(title, wire(titleOf(s)));
		document.title = plainText(titleOf(s)) + ' – sekisho';
		fill(first, el('h2', {}, say('doFirst')), el('p', {}, wire((language() === 'ja' ? s.action_ja : s.action_en) ?? '')));
		fill(rest, el('h2', {}, say('about')), details(a, page.about.places));
	}
	fill(main, title);
	try {
		await load();
		main.append(first, rest, page.about.write ? actForm(id, load) : commandLine(id));
	} catch (error) {
		fill(main, title, trouble(error));
		fill(title, id);
	}
	return {alert: (a) => a.sekisho.alert_id === id && load().catch(() => {})};
}
