/* global SwaggerUIBundle */

/** The document without its chapters, which are links to Redoc: the operations are what this page is for. */
function withLinkedChapters(text) {
  const document = JSON.parse(text);
  const [summary, ...chapters] = document.info.description.split(/^# /m);
  const links = chapters.map((chapter) => {
    const [title] = chapter.split('\n', 1);
    return `[${title}](/redoc#section/${title.replaceAll(' ', '-')})`;
  });
  document.info.description = `${summary.trim()}\n\n${links.join(' · ')}`;
  return JSON.stringify(document);
}

window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: 'none',
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    // The validator would send the document to an external server.
    validatorUrl: null,
    responseInterceptor(response) {
      if (new URL(response.url).pathname === '/openapi.json')
        response.text = withLinkedChapters(response.text);
      return response;
    },
  });
});
