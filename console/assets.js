// The ledger with its filter, and a device's card.
import {alertsOf} from './alerts.js';
import {ask, el, facts, fill, language, pages, say, shown, table, trouble, when, wire, word} from './dom.js';
import {filterForm, select, text, tick, zoneChoices, zoneName} from './filter.js';

const PURDUE = ['L5', 'L4', 'L3.5', 'L3', 'L2', 'L1', 'L0'];
const DAYS = ['1', '7', '30', '90'];

const registered = (token) => (token === 'no' ? el('span', {class: 'no'}, say('no')) : token === 'yes' ? say('yes') : '–');

export async function assetsView(main, page) {
	let filter = page.values, asked = 0;
	const status = el('p', {class: 'soft', role: 'status'}), all = el('p', {class: 'soft'});
	const {list, body, row} = table(say('assets'), [[say('id'), 'tight'], [say('name'), 'mid'], [say('ip'), 'mid'], [say('kind')], [say('zone'), 'mid'], [say('purdue')], [say('vendor')], [say('registered'), 'tight'], [say('lastSeen'), 'tight']]);
	const below = el('div');

	async function load() {
		const mine = ++asked;
		try {
			const answer = await ask('assets', filter);
			if (mine !== asked) // somebody has typed on
				return;
			fill(body, answer.rows.map((a) => row([el('a', {href: '#assets/' + a.asset_id}, a.asset_id), wire(a.name), wire(a.ip), wire(a.kind_word || a.role_words), wire(zoneName(page.about.places, a.zone)), a.purdue, wire(a.vendor), registered(a.registered), when(a.last_seen)],
				{'data-asset': a.asset_id})));
			list.hidden = answer.rows.length === 0;
			fill(all, say('inAll', answer));
			fill(status, answer.total ? shown(answer) : say('noneFit'));
			fill(below, pages(answer, (offset) => {
				filter = {...filter, offset};
				page.keep(filter);
				load().then(() => status.scrollIntoView({block: 'nearest'}));
			}));
		} catch (error) {
			fill(below, trouble(error));
		}
	}
	const form = filterForm([
		text('q', say('text'), filter.q),
		select('zone', say('zone'), zoneChoices(page.about.places), filter.zone),
		select('purdue', say('purdue'), [['', say('any')], ...PURDUE.map((l) => [l, l])], filter.purdue),
		select('registered', say('registered'), [['', say('any')], ['yes', say('yes')], ['no', say('no')]], filter.registered),
		select('silent', say('silent'), [['', say('any')], ...DAYS.map((d) => [d, say('days' + d)])], filter.silent),
		tick('contradicting', say('contradicting'), filter.contradicting)], (values) => {
		filter = values;
		page.keep(filter);
		load();
	});
	fill(main, el('h1', {tabindex: -1}, say('assets')), all, form, status, list, below);
	await load();
	return {};
}

// ---- a card

function part(title, columns, rows, page, key) {
	if (!rows?.length)
		return null;
	const {list, body, row} = table(title, columns);
	body.append(...rows.map((cells) => row(cells)));
	const left = page[key + '_left_off'];
	return [el('h2', {}, title), list, left ? el('p', {class: 'soft'}, say('moreLeft', {n: left, id: page.asset_id})) : null];
}

function linkEnd(e, own) {
	return e.asset_id && e.asset_id !== own ? el('a', {href: '#assets/' + e.asset_id}, wire(e.name)) : wire(e.name);
}

function head(a, places) {
	const ja = language() === 'ja';
	const suggested = [a.role_suggested_word ?? a.role_suggested, a.purdue_suggested].filter((x) => x).join(', ');
	return facts([
		[say('id'), a.asset_id], [say('registered'), registered(a.registered === true ? 'yes' : a.registered === false ? 'no' : '')], [say('kind'), a.kind_word], [say('ip'), a.ip], [say('former'), a.ip_former], [say('mac'), a.mac], [say('vlan'), a.vlan?.map(String)],
		[say('vendor'), a.vendor], [say('maker'), a.maker], [say('model'), a.model], [say('serial'), a.serial], [say('firmware'), a.firmware], [say('os'), a.os], [say('hostnames'), a.hostnames],
		[say('zone'), zoneName(places, a.zone)], [say('fa'), word('fa', a.fa_zone ?? '')], [say('purdue'), a.purdue], [say('role'), a.role_words], [say('protocols'), a.protocols],
		[say('suggested'), suggested && [suggested, (ja ? a.suggested_because_ja : a.suggested_because) ?? '']],
		[say('owner'), a.owner_dept], [say('usage'), a.usage_word], [say('useCase'), a.use_case_word], [say('phase'), a.phase_word],
		[say('contradicts'), a.contradicts?.map((attr) => word('attr', attr)).join(', ')], [say('gateway'), a.gateway && el('a', {href: '#assets/' + a.gateway}, a.gateway)], [say('nat'), a.nat_suspected],
		[say('firstSeen'), when(a.first_seen)], [say('lastSeen'), when(a.last_seen)],
	]);
}

function lists(a) {
	const value = (c, key) => wire(c.attr === 'does' ? word('does', c[key] ?? '') : c[key + '_word'] ?? c[key]);
	const source = (c) => wire(word('source', c.proto ?? ''));
	const place = (e) => (e.pcap_ref ? say('frames', {file: e.pcap_ref.file, frames: e.pcap_ref.frame}) : '');
	// a function: an element can stand in one row only
	const conduit = (token) => (token === 'denied' ? el('span', {class: 'no'}, say('denied')) : say(token === 'allowed' ? 'allowed' : 'noConduit'));
	return [
		part(say('history'), [[say('time'), 'tight'], [say('attr')], [say('value')], [say('before')], [say('source')], [say('evidence')]], a.changes?.toReversed().map((c) => [when(c.time), word('attr', c.attr), value(c, 'value'), value(c, 'prev'), source(c), wire(place(c))]), a, 'changes'),
		part(say('decisions'), [[say('time'), 'tight'], [say('verb')], [say('from')], [say('to')], [say('who')], [say('reason')]], a.decisions?.map((d) => [when(d.time), word('decision', d.verb) + (d.undone ? ` (${say('undone')})` : ''), d.from, d.to, wire(d.who), wire(d.reason)]), a, 'decisions'),
		part(say('people'), [[say('time'), 'tight'], [say('who')], [say('verb')], [say('reason')]], a.audit?.toReversed().map((d) => [when(d.at), wire(d.who), d.verb, wire(d.reason)]), a, 'audit'),
		part(say('conversations'), [[say('from')], [say('to')], [say('protocol')], [say('port'), 'number'], [say('packets'), 'number'], [say('conduit')], [say('lastSeen'), 'tight']],
			a.conversations?.map((l) => [linkEnd(l.src, a.asset_id), linkEnd(l.dest, a.asset_id), wire(l.protocol), String(l.port), String(l.packets), conduit(l.conduit), when(l.last_seen)]), a, 'conversations'),
		part(say('observed'), [[say('attr')], [say('value')], [say('before')], [say('source')], [say('confidence'), 'number'], [say('firstSeen'), 'tight'], [say('lastSeen'), 'tight'], [say('evidence')]],
			a.evidence?.map((e) => [word('attr', e.attr), value(e, 'value'), value(e, 'prev'), source(e), String(e.confidence), when(e.pkt_time), when(e.last_seen), wire(place(e))]), a, 'evidence'),
	];
}

export async function assetView(main, page) {
	const title = el('h1', {tabindex: -1}, page.rest), alerts = el('div');

	fill(main, title, el('p', {}, say('loading')));
	try {
		const a = await ask('assets/' + encodeURIComponent(page.rest));
		fill(title, wire(a.name), ' ', el('span', {class: 'soft'}, a.asset_id));
		fill(main, title, el('div', {class: 'sheet'}, head(a, page.about.places)), el('h2', {}, say('itsAlerts')), alerts, lists(a).flat());
		document.title = title.textContent + ' – sekisho';
		fill(alerts, await alertsOf(a.asset_id));
	} catch (error) {
		main.append(trouble(error));
	}
	return {};
}
