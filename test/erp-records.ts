import type { ErpCustomer, ErpItem, ErpOrder } from "#adapters/erp/port.ts";

// Records as an ERP port tells them: SO-100001 of the seed unless told otherwise.

export const erpOrder = (number = "SO-100001", changes: Partial<ErpOrder> = {}): ErpOrder => ({
  companyId: "US01",
  number,
  customerNumber: "C-2000",
  customerReference: "PO-77",
  channel: "inside sales",
  status: "INVOICED",
  placedOn: "2026-04-20",
  currency: "USD",
  total: "1276.70",
  shippingAddress: {
    name: "Bolt",
    line1: "1 Main St",
    line2: null,
    city: "Chicago",
    region: "IL",
    postalCode: "60601",
    country: "US",
  },
  lines: [
    {
      sequence: 10000,
      sku: "BRG-6204",
      description: "Bearing 6204",
      unit: "EA",
      ordered: "4",
      shipped: "4",
      invoiced: "4",
      unitPrice: "289.50",
    },
  ],
  shipments: [
    {
      companyId: "US01",
      number: `SH-${number}`,
      orderNumber: number,
      customerNumber: "C-2000",
      shippedOn: "2026-04-28",
      deliveredOn: "2026-04-30",
      carrier: "UPS",
      trackingNumber: "1Z1",
      lines: [
        {
          sequence: 10000,
          orderLine: 10000,
          sku: "BRG-6204",
          unit: "EA",
          quantity: "4",
          location: "CHI1",
          tracked: [],
        },
      ],
    },
  ],
  invoices: [
    {
      companyId: "US01",
      number: `PSI-${number}`,
      orderNumber: number,
      customerNumber: "C-2000",
      status: "OPEN",
      postedOn: "2026-04-28",
      currency: "USD",
      net: "1158.00",
      tax: "118.70",
      total: "1276.70",
      open: "1276.70",
      lines: [
        {
          sequence: 10000,
          orderLine: 10000,
          location: null,
          sku: "BRG-6204",
          unit: "EA",
          quantity: "4",
          unitFactor: "1",
          baseUnit: "EA",
          unitPrice: "289.50",
          net: "1158.00",
          taxCode: "IL-COOK",
          taxRate: "10.25",
        },
      ],
    },
  ],
  ...changes,
});

export const erpCustomer = (number = "C-2000", changes: Partial<ErpCustomer> = {}): ErpCustomer => ({
  companyId: "US01",
  number,
  name: "Bolt & Co",
  email: "ap@bolt.example",
  tier: "GOLD",
  segment: "MRO",
  blocked: "NONE",
  creditLimit: "0",
  balance: "1276.70",
  currency: "USD",
  ...changes,
});

export const erpItem = (sku = "BRG-6204", changes: Partial<ErpItem> = {}): ErpItem => ({
  weightKg: "0.4",
  sku,
  name: "Bearing 6204",
  category: "BEARINGS",
  baseUnit: "EA",
  units: { EA: "1", CS: "12" },
  serialized: false,
  lotTracked: false,
  hazardous: false,
  hazard: null,
  supplierOwned: false,
  returnable: true,
  recalled: false,
  warrantyMonths: null,
  supplierProgramme: false,
  blocked: false,
  ...changes,
});

/** Answers each key by `make`, and leaves out those it gives null for. */
export const answering =
  <Value>(make: (key: string) => Value | null) =>
  async (keys: readonly string[]): Promise<Map<string, Value>> =>
    new Map(
      keys.flatMap((key): [string, Value][] => {
        const value = make(key);
        return value === null ? [] : [[key, value]];
      }),
    );
