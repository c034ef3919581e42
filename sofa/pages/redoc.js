/* global Redoc */
window.addEventListener('load', () => {
  const fontFamily = 'system-ui, sans-serif';
  const theme = {
    typography: { fontFamily, headings: { fontFamily }, code: { fontFamily: 'ui-monospace, monospace' } },
  };
  Redoc.init(
    '/openapi.json',
    { hideDownloadButtons: false, nativeScrollbars: true, theme },
    document.getElementById('redoc'),
  );
});
