using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;

namespace Ptewright.Boot;

/// <summary>Code of the image run at its physical addresses: the identity map has all of the image, its stack included.</summary>
internal readonly unsafe struct ImageIdentity : IIdentityCode
{
    private readonly ulong _offset;

    /// <summary>Reaches what is linked at an address at that address less <paramref name="offset"/>.</summary>
    public ImageIdentity(VirtualAddress offset) => _offset = offset.Value;

    /// <inheritdoc/>
    public void ReplaceUpperHalf<TCpu>(ref TCpu cpu, PhysicalAddress root)
        where TCpu : struct, ICpu
    {
        // The CPU is a local variable of a caller, so it moves with the stack. Everything behind the function is reached relative to where it runs.
        delegate*<ref TCpu, PhysicalAddress, void> function = &RootSwitch.ReplaceUpperHalf;
#pragma warning disable CS8500 // There are no references in it.
        fixed (TCpu* first = &cpu)
        {
            Instructions.CallInLowerHalf(function, first, root.Value, _offset);
        }
#pragma warning restore CS8500
    }
}
