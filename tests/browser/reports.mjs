// Reports in a browser. TEST_DIR: KIND-LANG.html of each.
import fs from 'node:fs';
import {accessible, assert, focusIsVisible, main, onlyText, open, shot, tabTo, value} from './rig.mjs';

const KINDS = ['daily', 'handover', 'monthly', 'jnsa', 'register', 'meti'];
const at = (kind, lang) => `file://${value('dir')}/${kind}-${lang}.html`;

/** Every text stands within the window, or in something that can be scrolled sideways, by keyboard too. */
async function nothingIsLost(page, what) {
	const lost = await page.evaluate(() => {
		const bad = [], width = document.documentElement.clientWidth + 1;
		const scrolls = (e) => e.closest('.t, .draw');
		for (const e of document.body.querySelectorAll('*')) {
			const style = getComputedStyle(e);
			if (style.overflowX === 'hidden' && e.scrollWidth > e.clientWidth && !e.closest('svg'))
				bad.push('cut: ' + e.outerHTML.slice(0, 80));
			if (e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(style.overflowX) && e.tabIndex < 0)
				bad.push('not by keyboard: ' + e.outerHTML.slice(0, 80));
			const box = e.getBoundingClientRect();
			if (box.width > 0 && (box.right > width || box.left < 0) && !(scrolls(e) && e !== scrolls(e)))
				bad.push(`${box.left} to ${box.right}: ${e.outerHTML.slice(0, 80)}`);
		}
		return bad.slice(0, 5);
	});
	assert.deepEqual(lost, [], what);
}

async function each(form, lang) {
	for (const kind of KINDS) {
		const what = `${kind} ${form} ${lang}`, page = await open(at(kind, lang), form === 'print' ? 'light' : form, lang);
		if (form === 'print')
			await page.emulateMedia({media: 'print'});
		assert.equal(await page.locator('html').getAttribute('lang'), lang);
		assert.equal(await page.locator('h1').count(), 1, what);
		assert.equal(await page.title(), await page.locator('h1').textContent(), what);
		assert.ok((await page.locator('table tbody tr, .figs li').count()) > 3, what);
		assert.equal(await page.locator('script, iframe, object, embed, link, form').count(), 0, what);
		await accessible(page, what);
		await nothingIsLost(page, what);
		await shot(page, `report-${kind}-${form}-${lang}`);
		await page.context().close();
	}
}

/** What a sheet has between its margins, in pixels of 1/96 inch. */
const room = (kind) => Math.floor((kind === 'register' ? 420 - 24 : kind === 'daily' ? 210 - 16 : 210 - 24) * 96 / 25.4);

/** TEST_PDF: where the PDFs go. Pages and their size in points, by kind. */
async function pdf(lang) {
	const found = {};
	for (const kind of KINDS) {
		const page = await open(at(kind, lang), 'light', lang), path = `${value('pdf')}/${kind}-${lang}.pdf`;
		await page.emulateMedia({media: 'print'});
		await page.setViewportSize({width: room(kind), height: 1000});
		await nothingIsLost(page, `${kind} printed`);
		assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.t, .draw')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => `${e.scrollWidth} in ${e.clientWidth}: ${e.innerText.slice(0, 60)}`)), [], kind);
		await page.pdf({path, preferCSSPageSize: true, printBackground: true});
		const text = fs.readFileSync(path, 'latin1');
		found[kind] = [(text.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length, [...new Set([...text.matchAll(/\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]/g)].map((m) => `${Math.round(m[1])}x${Math.round(m[2])}`))]];
		await page.context().close();
	}
	return found;
}

/** From a device on the diagram to its row, and nowhere but in this file. */
async function toTheRow(page, go, form) {
	await page.keyboard.press('Home');
	await go();
	const target = page.locator(':target');
	await target.waitFor();
	assert.equal(page.url().split('#')[1], await target.getAttribute('id'));
	assert.match(await target.innerText(), new RegExp(value('device')), form);
	const box = await target.boundingBox(), window = page.viewportSize();
	assert.ok(box.y >= 0 && box.y < window.height, `${form}: the row is at ${box.y} of ${window.height}`);
	await accessible(page, 'a device chosen ' + form);
}

await main({
	...Object.fromEntries(['light', 'dark', 'print', 'zoomed', 'narrow'].flatMap((form) => ['ja', 'en'].map((lang) => [`${form}_${lang}`, () => each(form, lang)]))),
	pdf_ja: () => pdf('ja'),
	pdf_en: () => pdf('en'),

	/** Reports of a plant whose names are hostile. */
	async hostile() {
		let said = '';
		for (const kind of KINDS) {
			for (const lang of ['ja', 'en']) {
				const page = await open(at(kind, lang), 'light', lang);
				await onlyText(page, `${kind} ${lang}`);
				await nothingIsLost(page, `${kind} ${lang}`);
				said += await page.locator('body').innerText();
				await page.context().close();
			}
		}
		return [...new Set(said.match(/hq\d+/g))].length;
	},

	async map() {
		for (const form of ['light', 'narrow']) {
			const page = await open(at('register', 'ja'), form);
			const device = page.locator('.draw a').filter({hasText: value('device')}).first();
			await toTheRow(page, () => device.click(), form);
			await shot(page, `report-map-${form}`);
		}
		const page = await open(at('register', 'ja'));
		const dead = await page.evaluate(() => [...document.querySelectorAll('.draw a')].filter((a) => document.querySelectorAll('tr' + a.getAttribute('href')).length !== 1).map((a) => a.getAttribute('href')));
		assert.deepEqual(dead, [], 'devices that lead nowhere, or to two rows');
		assert.equal(await page.locator('.draw a').count(), Number(value('devices')));
	},

	/** TEST_SVG: the drawing of a large plant. On A3: sizes of its texts in points; what of it lies on another or sticks out. */
	async sheet() {
		const page = await open('file://' + value('svg')), mm = 96 / 25.4;
		await page.setViewportSize({width: Math.round(420 * mm), height: Math.round(297 * mm)});
		const found = await page.evaluate(() => {
			const sheet = document.documentElement.getBoundingClientRect(), bad = [];
			const texts = [...document.querySelectorAll('text')].map((e) => ({e, text: e.textContent, box: e.getBoundingClientRect(), pt: parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a * 0.75}));
			const said = (t) => `${t.text} (${t.box.x.toFixed()},${t.box.y.toFixed()} ${t.box.width.toFixed()}x${t.box.height.toFixed()})`;
			// a text's box holds its line's whole height; what is written stands in the middle of it
			const ink = (t) => ({left: t.box.left + 0.5, right: t.box.right - 0.5, top: t.box.top + t.box.height * 0.25, bottom: t.box.bottom - t.box.height * 0.25});
			texts.forEach((t, i) => {
				const a = ink(t), card = t.e.closest('g')?.querySelector('rect').getBoundingClientRect();
				if (a.left < sheet.left || a.right > sheet.right || a.top < sheet.top || a.bottom > sheet.bottom)
					bad.push('beyond the sheet: ' + said(t));
				if (card && (a.right > card.right || a.bottom > card.bottom + 1))
					bad.push(`beyond its card (${card.right.toFixed()}): ` + said(t));
				for (const u of texts.slice(i + 1)) {
					const b = ink(u);
					if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
						bad.push('on another: ' + said(t) + ' ' + said(u));
				}
			});
			const least = texts.reduce((a, b) => (b.pt < a.pt ? b : a));
			return {bad, texts: texts.length, least: least.pt, of: least.text, names: Math.min(...texts.filter((t) => t.e.closest('g')?.querySelector('text') === t.e).map((t) => t.pt)),
				cards: document.querySelectorAll('g[data-asset]').length, dashed: document.querySelectorAll('g[data-asset] > rect[stroke-dasharray]').length,
				red: [...document.querySelectorAll('path[marker-end]')].filter((p) => /#(crosses|denied)/.test(p.getAttribute('marker-end'))).map((p) => getComputedStyle(p).stroke)};
		});
		await shot(page, 'sheet-' + value('name'));
		return found;
	},

	/** No mouse at all. */
	async keyboard() {
		const page = await open(at('register', 'ja'));
		await tabTo(page, '.t');
		await focusIsVisible(page);
		await tabTo(page, '.draw a');
		await focusIsVisible(page);
		await page.keyboard.press('Enter');
		await page.locator(':target').waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.matches(':target')), true, 'the row has the focus, so that reading goes on there');
	},
});
