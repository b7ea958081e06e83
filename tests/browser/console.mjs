// The console in a browser. TEST_URL: where it is.
import {spawn} from 'node:child_process';
import {accessible, assert, focusIsVisible, main, onlyText, open, shot, tabTo, value} from './rig.mjs';

const url = value('url');
const titles = {
	ja: {alerts: '警報', assets: '機器台帳', map: '構成図', health: 'センサーの状態'},
	en: {alerts: 'Alerts', assets: 'Devices', map: 'Map', health: 'Health'},
};

const rowsOf = (page, attribute) => page.locator(`[${attribute}]`);

async function go(page, hash) {
	await page.goto(url + '#' + hash);
	await page.waitForLoadState('networkidle').catch(() => {}); // who follows alerts is never idle
	await page.locator('main h1').waitFor();
}

async function ready(page, name) {
	const what = {alerts: '[data-alert]', assets: '[data-asset]', map: '.map [data-asset]', health: '.lines li'}[name] ?? 'dl';
	await page.locator(what).first().waitFor();
}

/** Each page in a form: what it is called, in which language, and that everybody can use it. */
async function each(form, lang) {
	const page = await open(url, form, lang);
	const alert = (await (await fetch(url + 'api/alerts?limit=1')).json()).rows[0].sekisho.alert_id;
	for (const name of ['alerts', 'assets', 'map', 'health', 'assets/A000001', 'alerts/' + alert]) {
		await go(page, name);
		await ready(page, name);
		if (titles[lang][name])
			assert.equal(await page.locator('main h1').textContent(), titles[lang][name]);
		assert.equal(await page.locator('html').getAttribute('lang'), lang);
		assert.equal(await page.locator('nav#nav a[aria-current=page]').count(), 1);
		await accessible(page, `${name} ${form} ${lang}`);
		await shot(page, `console-${name.replace('/', '-').slice(0, 12)}-${form}-${lang}`);
	}
}

await main({
	light_ja: () => each('light', 'ja'),
	light_en: () => each('light', 'en'),
	dark_ja: () => each('dark', 'ja'),
	dark_en: () => each('dark', 'en'),
	zoomed_ja: () => each('zoomed', 'ja'),
	zoomed_en: () => each('zoomed', 'en'),
	narrow_ja: () => each('narrow', 'ja'),

	/** The list is in the order that it says: by when alerts began, whatever was seen of them since. */
	async order() {
		const page = await open(url + '#alerts', 'light', 'en');
		await ready(page, 'alerts');
		await page.getByText('The alert raised last comes first.').waitFor();
		const times = (label) => page.locator(`[data-alert] [data-label="${label}"] time`).evaluateAll((all) => all.map((t) => t.getAttribute('datetime')));
		const began = await times('Began'), seen = await times('Last seen');
		assert.ok(began.length > 5 && began.length === seen.length);
		assert.deepEqual(began, began.toSorted().toReversed());
		assert.ok(seen.every((t, i) => t >= began[i]) && seen.some((t, i) => t > began[i]));
	},

	async filter() {
		const page = await open(url + '#assets');
		await ready(page, 'assets');
		const all = await rowsOf(page, 'data-asset').count();
		await page.getByRole('searchbox').fill('PLC');
		await page.waitForFunction((n) => document.querySelectorAll('[data-asset]').length < n, all);
		const names = await page.locator('[data-asset] .cell:nth-child(2)').allTextContents();
		assert.ok(names.length > 0 && names.length < all, names.join());
		assert.match(page.url(), /#assets\?q=PLC/);
		await page.reload();
		await ready(page, 'assets');
		assert.equal(await rowsOf(page, 'data-asset').count(), names.length, 'the filter is in the address');
		await page.locator('#lang').selectOption('en');
		await page.getByRole('heading', {name: 'Devices'}).waitFor();
		assert.equal(await page.locator('html').getAttribute('lang'), 'en');
		await page.getByLabel('Register').selectOption('no');
		await page.getByText('Nothing fits this filter.').waitFor();
		await page.getByRole('button', {name: 'Clear'}).click();
		await page.waitForFunction((n) => document.querySelectorAll('[data-asset]').length === n, all);
		await page.getByLabel('Register').selectOption('no');
		await page.waitForFunction(() => document.querySelectorAll('[data-asset]').length === 1);
		await go(page, 'alerts');
		await ready(page, 'alerts');
		const alerts = await rowsOf(page, 'data-alert').count();
		await page.getByLabel('Level, at least').selectOption('critical');
		await page.waitForFunction((n) => document.querySelectorAll('[data-alert]').length < n, alerts);
		assert.deepEqual([...new Set(await page.locator('[data-alert] .level').allTextContents())], ['critical']);
	},

	/** TEST_REPLAY: a command, as JSON. Gives when it began, and for each alert that came when it was seen in the page. */
	async live() {
		const page = await open(url, 'light', 'en');
		await page.getByText('● live').waitFor();
		await page.evaluate(() => {
			globalThis.seen = {};
			new MutationObserver(() => {
				for (const row of document.querySelectorAll('[data-alert].fresh'))
					globalThis.seen[row.dataset.alert] ??= Date.now();
			}).observe(document.querySelector('main'), {subtree: true, childList: true});
		});
		const [command, ...rest] = JSON.parse(value('replay'));
		const began = Date.now();
		const status = await new Promise((done) => spawn(command, rest, {stdio: 'ignore'}).on('exit', done));
		assert.equal(status, 0);
		await page.waitForFunction((n) => Object.keys(globalThis.seen).length >= n, Number(value('expected')));
		assert.match(await page.locator('#news').textContent(), /^New alert, /);
		return {began, seen: await page.evaluate(() => globalThis.seen)};
	},

	async map() {
		const page = await open(url + '#map');
		await ready(page, 'map');
		const device = page.locator('.map [data-asset]').filter({hasText: value('device')}).first();
		const id = await device.getAttribute('data-asset');
		await device.click();
		await page.locator('dl').waitFor();
		assert.match(page.url(), new RegExp('#assets/' + id));
		assert.match(await page.locator('main h1').textContent(), new RegExp(value('device')));
		for (const part of ['この機器の警報', '通信', '観測された内容'])
			await page.getByRole('heading', {name: part, exact: true}).waitFor();
		assert.ok((await page.locator('.list[aria-label="観測された内容"] .row').count()) > 3);
		await page.goBack();
		await ready(page, 'map');
		await page.getByLabel('区分').selectOption('fa');
		await page.locator('.map text', {hasText: '工場ネットワーク構成図（工場ゾーン別）'}).waitFor();
	},

	/** TEST_DEVICE: one that takes part in several conversations that are not allowed; each of its rows says so. */
	async card() {
		const page = await open(url, 'light', 'ja');
		const found = await (await fetch(url + 'api/assets?q=' + encodeURIComponent(value('device')))).json();
		const id = found.rows[0].asset_id, asked = await (await fetch(url + 'api/assets/' + id)).json();
		const words = {allowed: '許可あり', denied: '許可なし', none: '定めなし'};
		await go(page, 'assets/' + id);
		await ready(page, 'assets/' + id);
		const told = await page.locator('.list[aria-label="通信"] [data-label="通信の許可"]').allTextContents();
		assert.deepEqual(told, asked.conversations.map((c) => words[c.conduit]));
		assert.ok(told.filter((w) => w === words.denied).length >= 2, told.join());
		const observed = await page.locator('.list[aria-label="観測された内容"] [data-label="値"], .list[aria-label="観測された内容"] [data-label="情報源"]').allTextContents();
		for (const word of ['書き込みを受ける', 'プログラムを変えられる', '通信', 'Modbusの機器識別'])
			assert.ok(observed.includes(word), `${word}: ${observed.join()}`);
		assert.equal(observed.some((t) => /^(written|programmed|traffic|modbus_device_id)$/.test(t)), false);
		assert.match(await page.locator('dl').innerText(), /工場ゾーン\s+制御ゾーン/);
		return told.length;
	},

	/** What is not there is said, in the sensor's own words where it answered. */
	async missing() {
		const page = await open(url, 'light', 'en');
		for (const [at, words] of [['nothere', 'There is no such page.'], ['map/x', 'There is no such page.'], ['assets/A999999', 'There is no device of this id in the ledger.'], ['alerts/01JNONE', 'There is no alert of this id.']]) {
			await go(page, at);
			await page.getByText(words).waitFor();
			assert.equal(await page.getByText('did not answer').count(), 0, at);
			page.troubles.length = 0; // 404 stands in the browser's console
		}
		await go(page, 'assets/A000001');
		await ready(page, 'assets/A000001');
		await page.locator('.list[aria-label="Its alerts"], p:text("None.")').first().waitFor();
		assert.equal(await page.getByText('were looked at').count(), 0, 'all were');
	},

	/** No mouse at all. */
	async keyboard() {
		const page = await open(url);
		await ready(page, 'alerts');
		await page.keyboard.press('Tab');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'skip');
		await focusIsVisible(page);
		await page.keyboard.press('Enter');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
		await tabTo(page, '[data-alert] a');
		await focusIsVisible(page);
		await page.keyboard.press('Enter');
		await page.locator('dl').waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.localName), 'h1');
		await page.reload();
		await tabTo(page, 'nav a[href="#map"]');
		await focusIsVisible(page);
		await page.keyboard.press('Enter');
		await ready(page, 'map');
		await tabTo(page, '.map [data-asset]');
		await focusIsVisible(page);
		const first = await page.evaluate(() => document.activeElement.getAttribute('data-asset'));
		await page.keyboard.press('ArrowRight');
		const second = await page.evaluate(() => document.activeElement.getAttribute('data-asset'));
		assert.notEqual(first, second);
		await focusIsVisible(page);
		await page.keyboard.press('Enter');
		await page.locator('dl').waitFor();
		assert.match(page.url(), new RegExp(second));
		await page.goto(url + '#assets');
		await ready(page, 'assets');
		await tabTo(page, 'input[name=q]');
		await page.keyboard.type('HMI');
		await page.waitForFunction(() => document.querySelectorAll('[data-asset]').length < 10);
		await tabTo(page, 'select[name=registered]');
		await focusIsVisible(page);
	},

	/** Names that are markup or turn the writing: text on each page that shows them. */
	async wire() {
		const page = await open(url + '#assets?q=img');
		await ready(page, 'assets');
		assert.match(await page.locator('main').innerText(), /<img src=x onerror=alert\(1\)>/);
		assert.match(await page.locator('main').innerText(), /U\+202E/);
		assert.equal(await page.locator('main img, main script, main b').count(), 0);
		await page.locator('[data-asset] a').first().click();
		await page.locator('dl').waitFor();
		assert.match(await page.locator('h1').innerText(), /<img src=x onerror=alert\(1\)>U\+202E/);
		for (const at of ['assets?q=script', 'alerts', 'map']) {
			await go(page, at);
			await ready(page, at.split('?')[0]);
			assert.equal(await page.locator('main img, main script').count(), 0, at);
		}
		assert.match(await page.locator('.map').innerHTML(), /&lt;img/);
		assert.equal(await page.evaluate(() => [...document.body.innerText].some((c) => c === '\u202e')), false);
	},

	/** TEST_ASSETS: devices each of whose texts is hostile. */
	async hostile() {
		const page = await open(url);
		for (const lang of ['ja', 'en']) {
			for (const at of ['alerts', 'assets', 'assets?q=hq', 'map', 'health']) {
				await go(page, at);
				await page.locator('#lang').selectOption(lang);
				await ready(page, at.split('?')[0]);
				await onlyText(page, `${at} ${lang}`);
			}
		}
		let said = '';
		for (const id of value('assets').split(',')) {
			await go(page, 'assets/' + id);
			await page.locator('dl').waitFor();
			await onlyText(page, id);
			said += await page.locator('main').innerText();
		}
		return [...new Set(said.match(/hq\d+/g))].length;
	},

	/** TEST_TOKEN, TEST_ALERT: acknowledges and mutes in the page. */
	async write() {
		const page = await open(url + '#alerts/' + value('alert'));
		await page.getByLabel('名前').fill('山田 太郎');
		await page.getByRole('button', {name: '確認中にする'}).click();
		await page.getByText('名前・理由・トークンを入力してください。').waitFor();
		await page.getByLabel('理由').fill('点検中');
		await page.getByLabel('トークン').fill('wrong');
		await page.getByRole('button', {name: '確認中にする'}).click();
		await page.getByText('トークンがないか、違っています').waitFor();
		page.troubles.length = 0; // the refusal stands in the browser's console
		await page.getByLabel('トークン').fill(value('token'));
		await page.keyboard.press('Enter');
		await page.getByText('完了しました').waitFor();
		await page.locator('dd', {hasText: /^確認中$/}).waitFor();
		await accessible(page, 'writing');
		await page.getByLabel('抑止の期限').fill('8h');
		await page.getByRole('button', {name: '抑止する'}).click();
		await page.locator('dd', {hasText: '抑止中'}).waitFor();
	},
});
