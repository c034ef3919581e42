-- pos: what the Prisma schema cannot say.

alter table receipt_prints add constraint receipt_prints_copies check (copies > 0);
