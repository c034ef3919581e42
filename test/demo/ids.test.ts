import { demoId, demoIdOf } from '#demo/ids';
import { isUuid } from '#kernel/ids';

describe('demo ids', () => {
  it('are UUIDs that name their kind', () => {
    expect(demoId.organization(1)).toBe('0190a000-0000-7000-8000-000000000001');
    expect(demoId.branch(2)).toBe('0190a000-0001-7000-8000-000000000002');
    expect(demoId.user(3)).toBe('0190a000-0002-7000-8000-000000000003');
    expect(demoId.register(1)).toBe('0190a000-000a-7000-8000-000000000001');
    expect(demoId.shipment(12)).toBe('0190a000-0012-7000-8000-000000000012');
    expect(demoIdOf('01', 2)).toBe(demoId.branch(2));
    expect(Object.values(demoId).every((make) => isUuid(make(1)))).toBe(true);
    expect(new Set(Object.values(demoId).map((make) => make(1))).size).toBe(Object.keys(demoId).length);
  });
});
