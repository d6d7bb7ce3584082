{
    "name": "Customer Collections: Job Queue",
    "summary": "Spread the run and the sending over many workers and hosts",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collections",
    "author": "Customer Collections",
    "website": "https://github.com/customer-collections/customer-collections",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["customer_collections", "queue_job"],
    "data": ["data/queue_job_data.xml"],
}
