"""The customer journey map: stages, touchpoints, friction points and the remedies kept ready for them."""
