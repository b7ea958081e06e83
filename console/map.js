// The map: drawn by the sensor, taken apart here, so that nothing but shapes and texts gets into the page.
import {askDrawing, el, fill, say, trouble} from './dom.js';
import {select} from './filter.js';

const SVG = 'http://www.w3.org/2000/svg';
const SHAPES = new Set(['svg', 'g', 'title', 'defs', 'marker', 'path', 'rect', 'text']);
const ATTRIBUTES = new Set(['viewBox', 'font-family', 'font-size', 'font-weight', 'x', 'y', 'width', 'height', 'rx', 'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin',
	'd', 'id', 'refX', 'refY', 'markerWidth', 'markerHeight', 'markerUnits', 'orient', 'marker-end', 'text-anchor', 'paint-order', 'data-asset']);
const ARROWS = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
const SIZES = ['', 'z2', 'z3', 'z4'];

/** A copy of what is allowed. */
function copy(node) {
	if (node.nodeType === Node.TEXT_NODE)
		return document.createTextNode(node.data);
	if (node.nodeType !== Node.ELEMENT_NODE || node.namespaceURI !== SVG || !SHAPES.has(node.localName))
		return null;
	const out = document.createElementNS(SVG, node.localName);
	for (const a of node.attributes)
		if (ATTRIBUTES.has(a.name))
			out.setAttribute(a.name, a.value);
	for (const child of node.childNodes) {
		const c = copy(child);
		if (c)
			out.append(c);
	}
	return out;
}

/** Devices are links; one of them can be reached by Tab, the others from there by arrows. */
function makeReachable(svg) {
	const devices = [...svg.querySelectorAll('[data-asset]')];
	const open = (d) => {
		location.hash = '#assets/' + d.getAttribute('data-asset');
	};
	devices.forEach((d, i) => {
		d.setAttribute('role', 'link'); // named by its title
		d.setAttribute('tabindex', i ? -1 : 0);
		d.addEventListener('click', () => open(d));
		d.addEventListener('keydown', (e) => {
			const to = e.key in ARROWS ? devices[i + ARROWS[e.key]] : e.key === 'Home' ? devices[0] : e.key === 'End' ? devices.at(-1) : null;
			if (e.key === 'Enter' || e.key === ' ')
				open(d);
			else if (!to)
				return;
			e.preventDefault();
			if (to) {
				d.setAttribute('tabindex', -1);
				to.setAttribute('tabindex', 0);
				to.focus();
			}
		});
	});
}

export async function mapView(main, page) {
	let size = 0;
	const sheet = el('div', {class: 'map', role: 'region', 'aria-label': say('mapLabel'), tabindex: 0});
	const zoom = (by) => {
		size = Math.min(SIZES.length - 1, Math.max(0, size + by));
		sheet.className = 'map ' + SIZES[size];
	};
	const form = el('form', {onsubmit: (e) => e.preventDefault()}, select('model', say('model_'), [['', say('modelSite')], ['pa', say('modelPa')], ['fa', say('modelFa')]], page.values.model),
		el('button', {type: 'button', onclick: () => zoom(1)}, say('zoomIn')), el('button', {type: 'button', onclick: () => zoom(-1)}, say('zoomOut')));

	async function load() {
		try {
			const root = await askDrawing('map', {model: form.elements.model.value});
			root.removeAttribute('width');
			root.removeAttribute('height');
			const svg = copy(root);
			svg.setAttribute('role', 'group');
			svg.setAttribute('aria-label', say('map'));
			makeReachable(svg);
			fill(sheet, svg);
		} catch (error) {
			fill(sheet, trouble(error));
		}
	}
	form.addEventListener('change', () => {
		page.keep({model: form.elements.model.value});
		load();
	});
	fill(main, el('h1', {tabindex: -1}, say('map')), el('p', {class: 'soft'}, say('mapHow')), form, sheet);
	await load();
	return {};
}
