using Ptewright.Addressing;

namespace Ptewright.Kernels.Configuration;

/// <summary>The memory for a crash kernel that <c>crashkernel=</c> asks for.</summary>
/// <param name="Size">Its length in bytes, not 0, not rounded.</param>
/// <param name="Base">Where it must lie (<c>@offset</c>); null when the kernel may choose.</param>
/// <param name="IsHigh">Whether it may lie anywhere (<c>,high</c>), not only where all devices reach.</param>
/// <param name="LowSize">With <paramref name="IsHigh"/>, how much more must lie where all devices reach (<c>,low</c>); null for the kernel's default.</param>
internal sealed record CrashKernelRequest(ulong Size, PhysicalAddress? Base = null, bool IsHigh = false, ulong? LowSize = null);
