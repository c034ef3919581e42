/** The options of every Apollo Server of PosPro: no part of it reports, serves a page, or acts on its own. */
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';

export const APOLLO_DEFAULTS = {
  includeStacktraceInErrorResponses: false,
  stopOnTerminationSignals: false,
  // Forged requests are rejected before they reach the server.
  csrfPrevention: false,
} as const;

/** Plugins that switch the plugins off which Apollo Server adds by itself. */
export const disabledPlugins = () => [
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
];
