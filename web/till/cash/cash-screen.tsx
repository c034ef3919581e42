import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { SessionReportDocument, type ReportTotalsFragment } from '../operations.generated';
import { FocusedHeading } from '../parts/focused-heading';
import { Paper } from '../parts/paper';
import { useAction } from '../parts/use-action';
import type { OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';
import { CashMovements } from './cash-movements';
import { CloseForm } from './close-form';
import { reportText } from './report-text';

export interface CashScreenProps {
  readonly till: OpenTill;
  /** The register is closed, and its report was seen. */
  readonly onClosed: () => void;
}

/** The drawer: cash in and out, the X-report, and the close with the Z-report. */
export function CashScreen({ till, onClosed }: CashScreenProps) {
  const online = useOnline();
  const [closed, setClosed] = useState<ReportTotalsFragment>();
  if (closed) return <Closed till={till} report={closed} onDone={onClosed} />;
  return (
    <main class="screen">
      <h2>Cash</h2>
      {!online && <Notice kind="warning">The drawer’s records need a connection.</Notice>}
      <div class="columns">
        <CashMovements till={till} />
        <SessionReport till={till} />
        <CloseForm till={till} onClosed={setClosed} />
      </div>
    </main>
  );
}

function Closed({
  till,
  report,
  onDone,
}: {
  till: OpenTill;
  report: ReportTotalsFragment;
  onDone: () => void;
}) {
  const { formats } = useTill();
  return (
    <main class="receipt-screen">
      <section class="panel paying" aria-label="Register closed">
        <FocusedHeading>{till.name} is closed</FocusedHeading>
        <dl class="totals">
          <div class="grand">
            <dt>Difference</dt>
            <dd data-testid="difference">{formats.money(report.difference ?? '0')}</dd>
          </div>
        </dl>
        <Button onClick={() => print()}>Print report</Button>
        <Button kind="primary" onClick={onDone}>
          Done
        </Button>
      </section>
      <Paper title="Z-report" text={reportText(report, till.paperWidth)} width={till.paperWidth} />
    </main>
  );
}

/** The totals so far. The server rejects them where drawers are counted blind. */
function SessionReport({ till }: { till: OpenTill }) {
  const { api } = useTill();
  const online = useOnline();
  const [report, setReport] = useState<ReportTotalsFragment>();
  const read = useAction(async () => {
    setReport((await api.query(SessionReportDocument, { registerId: till.registerId })).xReport);
  });
  return (
    <section class="panel" aria-label="Totals so far">
      <h3>Totals so far</h3>
      {read.problem !== undefined && <Notice kind="error">{read.problem}</Notice>}
      <div class="actions">
        <Button disabled={!online} busy={read.busy} onClick={() => read.run()}>
          Show X-report
        </Button>
        {report && <Button onClick={() => print()}>Print X-report</Button>}
      </div>
      {report && (
        <Paper title="X-report" text={reportText(report, till.paperWidth)} width={till.paperWidth} />
      )}
    </section>
  );
}
