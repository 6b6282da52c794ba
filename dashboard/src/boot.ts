/** The first file of a visit. It starts everything that the first view needs at once, where each would otherwise wait for the one before. */

import './ui/styles/index.css';
import { askEarly } from './api/early.ts';
import { findPage, preload } from './app/pages.ts';

const { pathname } = globalThis.location;
const page = findPage(pathname);
if (page && page.frame !== 'open') askEarly(pathname);
void import('./main.tsx');
if (page) preload(page);
