/** An entity of another domain: here only its id is known. */
export interface EntityReference {
  id: string;
}
