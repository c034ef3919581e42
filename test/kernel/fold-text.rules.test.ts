import fc from 'fast-check';
import {
  foldText,
  gramText,
  searchColumns,
  searchTerm,
  searchText,
  searchWords,
} from '#kernel/fold-text.rules';

const CODE_POINTS = Array.from({ length: 0x20000 }, (_, code) => code).filter(
  (code) => code < 0xd800 || code > 0xdfff,
);

describe('the folded form of a text', () => {
  it.each([
    ['SIĞIR', 'Sığır', 'sigir'],
    ['İSTANBUL', 'ıstanbul', 'istanbul'],
    ['SØREN', 'Søren', 'soren'],
    ['Pa\u0302te\u0301', 'PÂTÉ', 'pate'],
    ['STRASSE', 'Straße', 'strasse'],
    ['Łódź', 'ŁÓDŹ', 'lodz'],
    ['Þórður Æðarfugl', 'THORDUR AEDARFUGL', 'thordur aedarfugl'],
    ['Ŧŋĸħđ', 'tnkhd', 'tnkhd'],
    ['Œuf ﬁn', 'OEUF FIN', 'oeuf fin'],
    ['Ｎｏ．１２　Ａ', 'no.12 a', 'no.12 a'],
    ['ΚΑΦΈΣ', 'καφες', 'καφεσ'],
    ['ЁЖИК', 'ежик', 'ежик'],
    ['قَهْوَة', 'قهوه', 'قهوه'],
    ['أحـــمد', 'احمد', 'احمد'],
    ['لبنى', 'لبني', 'لبني'],
    ['کیک', 'كيك', 'كيك'],
    ['שָׁלוֹם', 'שלומ', 'שלומ'],
    ['한국', '한국', '한국'],
    ['ﾊﾞﾀｰ', 'バター', 'ばたー'],
    ['٣٫٥', '۳٫۵', '3٫5'],
    ['१२', '๑๒', '12'],
    ['soft\u00adhyphen\u200b', 'SoftHyphen', 'softhyphen'],
    ['a \t\r\n b', ' A  B', 'a b'],
    ['L´Or', "l'or", "l'or"],
    ['L’Oréal', "l'oreal", "l'oreal"],
    ['Coca–Cola', 'coca-cola', 'coca-cola'],
    ['㎏ №½', 'kg no1/2', 'kg no1/2'],
  ])('of %s and %s is %s', (one, other, folded) => {
    expect([foldText(one), foldText(other)]).toEqual([folded, folded]);
  });

  it('keeps words apart that only their vowel signs tell apart, and kana with and without their marks', () => {
    expect(foldText('दाल')).not.toBe(foldText('दिल'));
    expect(foldText('ข่าว')).not.toBe(foldText('ข้าว'));
    expect(foldText('バス')).not.toBe(foldText('ハス'));
    expect(foldText('ज़ीरा')).toBe(foldText('जीरा'));
  });

  it('is its own folded form, in whatever case, composed or not, for every character', () => {
    const unstable = CODE_POINTS.filter((code) => {
      const sign = String.fromCodePoint(code);
      const folded = foldText(`a${sign}b`);
      return [folded, ...(['NFC', 'NFD'] as const).map((form) => `a${sign}b`.normalize(form))].some(
        (spelling) => foldText(spelling) !== folded,
      );
    });
    expect(unstable).toEqual([]);
  });

  it('is the same for capital and small letters of every alphabet', () => {
    // The iota below a Greek letter is a mark in small letters and a letter in capitals.
    const letters = CODE_POINTS.map((code) => String.fromCodePoint(code)).filter(
      (sign) => !sign.normalize('NFD').includes('\u0345'),
    );
    const different = letters.filter(
      (sign) =>
        foldText(sign.toUpperCase()) !== foldText(sign) || foldText(sign.toLowerCase()) !== foldText(sign),
    );
    expect(different).toEqual([]);
  });

  it('leaves no Latin letter that has a plain one', () => {
    const left = CODE_POINTS.filter((code) => code < 0x250 || (code >= 0x1e00 && code < 0x1f00))
      .map((code) => String.fromCodePoint(code))
      .filter(
        (sign) =>
          /\p{Script=Latin}/u.test(sign) && !/^[a-z]+$/.test(foldText(sign).replace(/[^\p{L}]/gu, '')),
      );
    expect(left.join('')).toBe('ƄƅƍƛƜƦƧƨƩƪƷƸƹƺƻƼƽƾƿǀǁǂǃǮǯǷȜȝȢȣȸȹɁɂɅẟ');
  });
});

describe('what a search looks into and for', () => {
  it('has a blank before each word, and tied words once more as one', () => {
    expect(searchText(['Coca-Cola Zero', null, 'CC-1', '4006381333931'])).toBe(
      ' coca cola zero cc 1 4006381333931 cocacola cc1',
    );
    expect(searchText(["Kellogg's", "L'été"])).toBe(' kellogg s l ete kelloggs lete');
    expect(searchText(['', ' - ', 'A--B  c'])).toBe(' a b c ab');
    expect(searchText([])).toBe('');
  });

  it.each([
    ['牛', 'ml7'],
    ['𠀀', 't4w'],
    ['м', '4'],
    ['é', 'h'],
    ['\u0080', 'k'],
    ['a1 \u007f', 'a1 \u007f'],
    ['milk 牛乳', 'milk ml7fhv'],
  ])(
    '%s is %s to the trigram index: the code point to the base 36, a digit of it or three',
    (text, grams) => {
      expect(gramText(text)).toBe(grams);
    },
  );

  it('is asked for in the text and in its trigram form alike', () => {
    expect(searchTerm('牛乳 1l')).toEqual({
      beginning: ' 牛乳 1l',
      startGrams: ['% ml7fhv%', '% 1l%'],
      starts: ['% 牛乳%', '% 1l%'],
      insideGrams: ['%ml7fhv%', '% 1l%'],
      inside: ['%牛乳%', '% 1l%'],
      similarGrams: 'ml7fhv 1l',
    });
  });

  it('has no sign that LIKE understands, and eight words at most', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        searchWords(text).every((word) => !/[%_\\\s]/.test(word)),
      ),
    );
    expect(searchWords(" Kellogg's  100%_\\ Corn-Flakes ")).toEqual(['kelloggs', '100', 'corn', 'flakes']);
    expect(searchWords('a b c d e f g h i j')).toHaveLength(8);
  });

  it('is found by the index wherever the folded text has it', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(word, word, word, (before, middle, after) => {
        const { searchText: text, searchGrams: grams } = searchColumns([
          `${before} ${foldText(middle)}${foldText(after)}`,
        ]);
        for (const typed of searchWords(middle)) {
          expect(grams).toMatch(/^[\0-\x7f]*$/);
          if (text.includes(typed)) expect(grams.includes(gramText(typed))).toBe(true);
        }
      }),
    );
  });

  it('asks for one sign of a dense script inside of words, and for short words of others at their beginning', () => {
    expect(searchTerm('乳')).toMatchObject({ starts: ['% 乳%'], inside: ['%乳%'] });
    expect(searchTerm('mi')).toMatchObject({ starts: ['% mi%'], insideGrams: [], inside: [] });
    expect(searchTerm('mi organic')).toMatchObject({
      inside: ['%organic%', '% mi%'],
      beginning: ' mi organic',
    });
    expect(searchTerm('4006381')!.similarGrams).toBeNull();
    expect(searchTerm(' %_ ')).toBeUndefined();
  });
});
