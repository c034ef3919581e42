import { readIfMatch } from '#sofa/input/if-match';

describe('If-Match', () => {
  it.each<[string | undefined, readonly number[] | undefined]>([
    [undefined, undefined],
    ['*', undefined],
    [' * ', undefined],
    ['"3"', [3]],
    ['"3", "4"', [3, 4]],
    [',"3",,\t"4" ,', [3, 4]],
    ['"007"', [7]],
    ['W/"3"', []],
    ['W/"3", "4"', [4]],
    ['"abc"', []],
    ['""', []],
    ['"-1"', []],
    ['"3,4"', []],
    ['"99999999999999999999"', []],
  ])('%j names %j', (header, versions) => {
    expect(readIfMatch(header)).toEqual(versions);
  });

  it.each([
    '',
    ' ',
    ',',
    '3',
    '"3',
    '3"',
    '"3" "4"',
    '"3";',
    "'3'",
    'w/"3"',
    'W/ "3"',
    '*, "3"',
    '"3", *',
    '"a b"',
    '"\u20ac"',
  ])('%j is 400', (header) => {
    expect(() => readIfMatch(header)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }) as Error);
  });
});
