import { textOfHtml } from '#kernel/import/html-text.rules';

it.each([
  ['<p>Rings&nbsp;<b>twice</b></p><p>then  waits</p>', 'Rings twice\nthen waits'],
  ['a<br>b<br/>c<BR />d', 'a\nb\nc\nd'],
  ['<ul><li>a</li><li>b</li></ul><h2>c</h2><div>d</div>e', 'a\nb\nc\nd\ne'],
  ['<style>p { color: red }</style>a<script type="x">\nlet b;\n</script>c', 'ac'],
  ['<table><tr><td>a</td></tr><tr><td>b</td></tr></table>', 'a\nb'],
  ['  a &amp; b &lt;c&gt; &eacute; ', 'a & b <c> é'],
  ['<p>a</p>  \n\n  <p>b</p>', 'a\nb'],
  ['a<span\nclass="x">b</span>', 'ab'],
])('%j reads %j', (html, text) => expect(textOfHtml(html)).toBe(text));
