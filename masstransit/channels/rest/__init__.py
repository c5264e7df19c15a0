"""Another platform as a carrier: messages go to its REST API in the SDKs' dialect, its callbacks come back as reports
and as people's messages. So a customer changes one base URL and sees the policy on the traffic that their present
provider goes on carrying."""
