/** Rows of a page of mails: two screens full. Each is work for the browser, and there is a way to the next ones. */
export const rowsPerPage = 40;
