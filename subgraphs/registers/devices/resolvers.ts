import type { Resolvers } from '../types.generated';
import { createRegisterDevice, listRegisterDevices, revokeRegisterDevice } from './register-devices';

export const resolvers: Resolvers = {
  Query: {
    registerDevices: (_, { registerId, ...args }, ctx) => listRegisterDevices(ctx, registerId, args),
  },
  Mutation: {
    createRegisterDevice: (_, { input }, ctx) => createRegisterDevice(ctx, input),
    revokeRegisterDevice: (_, { id }, ctx) => revokeRegisterDevice(ctx, id),
  },
  RegisterDevice: {
    createdById: ({ createdBy }) => createdBy,
    revokedById: ({ revokedBy }) => revokedBy,
  },
};
