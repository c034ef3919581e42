/** Element strings and Digital Links as people, scanners and shops write them. */
import {
  isWebAddress,
  parseDigitalLink,
  parseElements,
  type GS1Element,
} from '#subgraphs/catalog/barcodes/gs1-elements.rules';

const GTIN = '04006381333931';
const FNC1 = '\u001d';
/** Elements in one line: "01=04006381333931 10=LOT". */
const line = (elements: GS1Element[] | undefined) =>
  elements?.map(({ identifier, data }) => `${identifier}=${data}`).join(' ');

describe('an element string', () => {
  it.each([
    [`(01)${GTIN}(10)LOT`, `01=${GTIN} 10=LOT`],
    [`(01) ${GTIN} (10) LOT 7`, undefined],
    [`(01) ${GTIN} (10) LOT-7 `, `01=${GTIN} 10=LOT-7`],
    [`(01)${GTIN}${FNC1}(10)A`, `01=${GTIN} 10=A`],
    [`01${GTIN}10A${FNC1}21B`, `01=${GTIN} 10=A 21=B`],
    [`01${GTIN}${FNC1}10A`, `01=${GTIN} 10=A`],
    [`${FNC1}01${GTIN}`, `01=${GTIN}`],
    // What keyboards send for FNC1.
    ['10A{GS}21B', '10=A 21=B'],
    ['10A{fnc1}21B', '10=A 21=B'],
    ['10A\u241d21B^240C|17301231', '10=A 21=B 240=C 17=301231'],
    // The same twice is said once; two of one kind are a misreading.
    [`(10)A(01)${GTIN}(10)A`, `10=A 01=${GTIN}`],
    [`(10)A(01)${GTIN}(10)B`, undefined],
    [`(01)${GTIN}(10)`, undefined],
    [`(x)(01)${GTIN}`, undefined],
    [`(01)${GTIN}(`, undefined],
    [`01${GTIN}05`, undefined],
    [`01${GTIN.slice(1)}`, undefined],
    ['', undefined],
    [FNC1, undefined],
  ])('%j says %s', (text, elements) => expect(line(parseElements(text))).toBe(elements));
});

describe('a web address', () => {
  it.each(['https://a.b/01/1', 'HTTP://A.B', 'http://a.b?c=d'])('is %s', (text) =>
    expect(isWebAddress(text)).toBe(true),
  );
  it.each(['urn:epc:id:sgtin:4006381.033393.1', 'see:http://a.b', 'http://', 'a.b/01/1', ''])(
    'is not "%s"',
    (text) => {
      expect([isWebAddress(text), parseDigitalLink(text)]).toEqual([false, undefined]);
    },
  );
});

describe('a Digital Link', () => {
  const path = (parts: number) => '/x'.repeat(parts);

  it.each([
    // Any domain and path; the GTIN, then its variant, batch, serial number and third party's serial number.
    [`/01/${GTIN}`, `01=${GTIN}`],
    [`/01/4006381333931`, `01=${GTIN}`],
    [`/de/p/01/${GTIN}/22/2A/10/A%2FB/21/7/235/T`, `01=${GTIN} 22=2A 10=A/B 21=7 235=T`],
    [`/01/${GTIN}//`, `01=${GTIN}`],
    [`/gtin/${GTIN}/cpv/2A/LOT/A/ser/7`, `01=${GTIN} 22=2A 10=A 21=7`],
    // The first 01 that a GTIN follows counts.
    [`/01/x/01/${GTIN}`, `01=${GTIN}`],
    // What cannot be decoded names nothing.
    [`/%E0%A4/01/${GTIN}`, `01=${GTIN}`],
    [`${path(47)}/01/${GTIN}`, `01=${GTIN}`],
    [`${path(48)}/01/${GTIN}`, undefined],
    [`/x/${GTIN}`, undefined],
    [`/x01/${GTIN}`, undefined],
    [`/01`, undefined],
    [`/01/4006381333930`, undefined],
    [`/01/${GTIN}/10`, undefined],
    [`/01/${GTIN}/10//21/7`, undefined],
    [`/01/${GTIN}/17/301231`, undefined],
    [`/01/${GTIN}/colour/red`, undefined],
    // Further identifiers in the query, where the GTIN is not repeated; all else there is the web's business.
    [`/01/${GTIN}?17=301231&10=A;21=7`, `01=${GTIN} 17=301231 10=A 21=7`],
    [`/01/${GTIN}?exp=301231&sscc=106141412345678908`, `01=${GTIN} 17=301231 00=106141412345678908`],
    [`/01/${GTIN}?01=09506000134352`, `01=${GTIN}`],
    [`/01/${GTIN}?linkType=gs1:pip&10=&21=%&3103=001250&=7&100&17x=1&x17=1`, `01=${GTIN} 3103=001250`],
    [`/01/${GTIN}?17=soon`, undefined],
    [`/01/${GTIN}?9999=1`, undefined],
    [`/01/${GTIN}/10/A?10=B`, undefined],
  ])('%s says %s', (rest, elements) =>
    expect(line(parseDigitalLink(`https://shop.example${rest}`))).toBe(elements),
  );
});
