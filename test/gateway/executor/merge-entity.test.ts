import { mergeEntity } from '#gateway/executor/merge-entity';

const entity = () => ({ name: 'n', owner: { home: { city: 'c' } }, parts: [{ id: 1 }, [{ id: 2 }]] });

describe('the places of an entity', () => {
  it('share nothing that a later fetch changes', () => {
    const [first, second] = [{}, {}] as [Record<string, unknown>, Record<string, unknown>];
    const source = entity();
    mergeEntity(first, source, true, false);
    mergeEntity(second, source, false, false);
    expect(second).toEqual(first);
    for (const { owner, parts } of [source]) {
      (owner.home as Record<string, unknown>).zip = 'z';
      Object.assign(parts[0]!, { onHand: 1 });
      (parts[1] as object[])[0] = {};
      parts.push({ id: 3 });
    }
    expect(second).toEqual(entity());
  });

  it('keep what they have, beside the new fields', () => {
    const target = {
      name: 'old',
      owner: { id: 'p', home: { zip: 'z' } },
      parts: [{ size: 1 }, [{}]],
      gone: {},
    };
    mergeEntity(target, { ...entity(), gone: null, missing: undefined }, false, false);
    expect(target).toEqual({
      name: 'n',
      owner: { id: 'p', home: { zip: 'z', city: 'c' } },
      parts: [{ size: 1, id: 1 }, [{ id: 2 }]],
      gone: null,
    });
    expect(target).not.toHaveProperty('missing');
  });

  it('keep their own type where the other is an interface', () => {
    const target = { __typename: 'Book' };
    mergeEntity(target, { __typename: 'Item', id: '1' }, true, true);
    expect(target).toEqual({ __typename: 'Book', id: '1' });
  });

  it('share values of classes, which are scalars', () => {
    const target: { at?: Date } = {};
    const at = new Date(0);
    mergeEntity(target, { at }, false, false);
    expect(target.at).toBe(at);
  });
});
