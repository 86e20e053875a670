using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>What a fault report means, as values; <see cref="ExplanationText"/> says them in words.</summary>
public sealed record Explanation
{
    /// <summary>What was read.</summary>
    public required Oops Oops { get; init; }

    /// <summary>The right that the access needed; none where it is not known.</summary>
    public AccessRights Access { get; init; }

    /// <summary>Whether EL0 made the access; null where it is not known.</summary>
    public bool? IsByUser { get; init; }

    /// <summary>The address; null where the text has none.</summary>
    public VirtualAddress? Address { get; init; }

    /// <summary>Where it lies; null without an address.</summary>
    public AddressRegion? Region { get; init; }

    /// <summary>The walk that the printed entries show; null without entries.</summary>
    public PrintedWalk? Walk { get; init; }

    /// <summary>Whether granule and size of addresses are not in the text and were assumed.</summary>
    public bool IsShapeAssumed { get; init; }

    /// <summary>Whether that walk gives the fault.</summary>
    public WalkAgreement Agreement { get; init; }

    /// <summary>By which rules the right was missing in that walk.</summary>
    public IReadOnlyList<DenyingRule> DeniedBy { get; init; } = [];

    /// <summary>What may be behind it, most likely first; at least one.</summary>
    public IReadOnlyList<Cause> Causes { get; init; } = [new Cause(CauseKind.Unknown, Likelihood.Possible)];

    /// <summary>What the text leaves open.</summary>
    public IReadOnlyList<OpenQuestion> Open { get; init; } = [];

    /// <summary>What a source has at the address now; null without one.</summary>
    public SourceWalk? Source { get; init; }

    /// <summary>The most likely cause.</summary>
    public CauseKind MainCause => Causes[0].Kind;
}
