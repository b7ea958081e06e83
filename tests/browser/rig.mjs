// What the scripts share: a browser, pages that complain of what they should not do, and the rules of accessibility.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import {chromium} from 'playwright-core';

export {assert};
export const value = (name) => process.env['TEST_' + name.toUpperCase()] ?? '';

const FORMS = {
	light: {colorScheme: 'light', viewport: {width: 1280, height: 800}},
	dark: {colorScheme: 'dark', viewport: {width: 1280, height: 800}},
	// what a window of 1280 x 800 has at 200 %
	zoomed: {colorScheme: 'light', viewport: {width: 640, height: 400}, deviceScaleFactor: 2},
	narrow: {colorScheme: 'light', viewport: {width: 320, height: 640}},
};

let browser;
const pages = [];

/** A page in a form and language; whatever goes wrong in it is noted, and held against it by good(). */
export async function open(url, form = 'light', lang = 'ja') {
	browser ??= await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox']});
	const context = await browser.newContext({...FORMS[form], locale: lang === 'ja' ? 'ja-JP' : 'en-US', timezoneId: 'Asia/Tokyo'});
	context.setDefaultTimeout(10000);
	await context.addInitScript({content: axe.source});
	const page = await context.newPage();
	page.troubles = [];
	page.on('console', (m) => m.type() === 'error' && page.troubles.push('console: ' + m.text()));
	page.on('pageerror', (e) => page.troubles.push('error: ' + e.message));
	page.on('dialog', (d) => {
		page.troubles.push('dialog: ' + d.message());
		d.dismiss();
	});
	page.on('request', (r) => {
		if (url.startsWith('file:') ? r.url().split('#')[0] !== url : new URL(r.url()).origin !== new URL(url).origin)
			page.troubles.push('from elsewhere: ' + r.url());
	});
	pages.push(page);
	await page.goto(url);
	return page;
}

/** Nothing serious or critical; nothing that has to be scrolled sideways to be read. */
export async function accessible(page, what) {
	const found = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ['violations']}));
	const bad = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact));
	assert.deepEqual(bad.map((v) => `${what}: ${v.id} (${v.help}) at ${v.nodes.slice(0, 3).map((n) => n.target).join('; ')}`), []);
	const [inside, width] = await page.evaluate(() => [document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]);
	assert.ok(inside <= width, `${what}: ${inside} pixels wide in ${width}`);
}

/** What has the focus can be seen: it has an outline, and stands in the window. */
export async function focusIsVisible(page) {
	const seen = await page.evaluate(() => {
		const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
		return {name: e.outerHTML.slice(0, 120), outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, inside: box.bottom > 0 && box.top < innerHeight && box.width > 0};
	});
	assert.ok(seen.outline && seen.inside, JSON.stringify(seen));
}

/** Texts from the wire are texts: nothing of them became an element or a handler, none turns the writing, and nothing ran. */
export async function onlyText(page, what) {
	const found = await page.evaluate(() => {
		const bad = [...document.querySelectorAll('body script:not([src]), img:not([src="/icon.svg"]), iframe, object, embed, base, form[action]')].map((e) => e.outerHTML.slice(0, 100));
		for (const e of document.querySelectorAll('*')) {
			for (const a of e.attributes) {
				if (a.name.startsWith('on') || /^\s*(javascript|data):/i.test(a.value))
					bad.push(`${a.name}="${a.value.slice(0, 80)}"`);
			}
		}
		// eslint-disable-next-line no-control-regex
		const control = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
		const at = document.body.innerText.search(control);
		if (at >= 0)
			bad.push('a control: ' + JSON.stringify(document.body.innerText.slice(Math.max(0, at - 20), at + 20)));
		return bad.slice(0, 5);
	});
	assert.deepEqual(found, [], what);
	assert.deepEqual(page.troubles, [], what);
}

export async function shot(page, name) {
	if (process.env.SEKISHO_SHOTS)
		await page.screenshot({path: `${process.env.SEKISHO_SHOTS}/${name}.png`});
}

/** Presses Tab until what has the focus fits. */
export async function tabTo(page, selector, most = 40) {
	for (let i = 0; i < most; i++) {
		await page.keyboard.press('Tab');
		if (await page.evaluate((s) => document.activeElement.matches(s), selector))
			return;
	}
	assert.fail(`${selector} cannot be reached in ${most} steps`);
}

/** Runs the case that the command line names, and prints what it gives. */
export async function main(cases) {
	const run = cases[process.argv[2]];
	let failed = !run;
	try {
		const result = await run?.();
		for (const p of pages)
			assert.deepEqual(p.troubles, []);
		console.log(JSON.stringify(result ?? null));
	} catch (error) {
		failed = true;
		console.error(error.message, error.stack);
		await pages.at(-1)?.screenshot({path: 'failed.png'}).catch(() => {});
		console.error(pages.flatMap((p) => p.troubles).join('\n'));
	}
	await browser?.close();
	process.exit(failed ? 1 : 0);
}
