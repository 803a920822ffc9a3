/** A strip of bare ground between the fire and what it cannot reach. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f1b16"/><path d="M9 26c-3-2-4-5-3-8 1-3 3-4 3-8 3 2 5 5 5 8 0 1 0 2-1 3 1 0 1-1 2-2 1 3 0 6-3 7z" fill="#e8590c"/><path d="M19 5v22" stroke="#faf7f2" stroke-width="2.5" stroke-linecap="round"/><path d="M24 27v-6m0-3 3.5 4.5h-7zm0-6 3 4.5h-6z" fill="#69a36b" stroke="#69a36b" stroke-width="1.5" stroke-linejoin="round"/></svg>
`;
