import {Component} from "@odoo/owl";
import {formatMonetary} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** What is owed by age: a bar and a figure for each of the company's limits. */
export class AgingChart extends Component {
    static template = "customer_collections.AgingChart";
    static props = {...standardFieldProps};

    get buckets() {
        const buckets = this.props.record.data[this.props.name] || [];
        const total = buckets.reduce(
            (sum, bucket) => sum + Math.max(bucket.amount, 0),
            0
        );
        const currencyId = this.props.record.data.currency_id?.id;
        return buckets.map((bucket, index) => ({
            ...bucket,
            index,
            formatted: formatMonetary(bucket.amount, {currencyId}),
            share: total ? (100 * Math.max(bucket.amount, 0)) / total : 0,
        }));
    }

    get isEmpty() {
        return this.buckets.every((bucket) => !bucket.amount);
    }
}

registry.category("fields").add("collections_aging", {
    component: AgingChart,
    supportedTypes: ["json"],
    fieldDependencies: [{name: "currency_id", type: "many2one"}],
});
