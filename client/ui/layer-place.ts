/** Where menus and lists are drawn: in the page's main part, so that they lie in a landmark as the rest does. */
export function findLayerPlace(): HTMLElement {
  return document.getElementById("main") ?? document.body;
}
